import { Command } from 'commander';
import { listProjects, type ListedProject } from '../../stack/ls.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { engineFor } from '../engine.ts';
import { collect } from '../globals.ts';
import { table } from '../output/table.ts';
import { templateFormat } from '../output/template.ts';
import { examples } from '../overview.ts';
import { badValue } from '../values.ts';

interface LsFlags {
  readonly all?: boolean;
  readonly quiet?: boolean;
  readonly format: string;
  readonly filter?: readonly string[];
}

export function lsCommand(): Command {
  return new Command('ls')
    .description('list the projects that run')
    .option('-a, --all', 'stopped ones too')
    .option('-q, --quiet', 'names only')
    .option('--filter <name=text>', 'only those whose name matches', collect)
    .option('--format <format>', 'table, json for one JSON array, or a template: {{.Name}}', 'table')
    .addHelpText('before', examples(['berth ls -a', "berth ls --format json | jq -r '.[].Name'"]))
    .action(verb(list));
}

async function list(context: CliContext, flags: LsFlags): Promise<undefined> {
  const patterns = (flags.filter ?? []).map(patternOf);
  const client = await engineFor(context);
  const found = await listProjects(client, { all: flags.all ?? false });
  const projects = found.filter(({ name }) => patterns.every((pattern) => pattern.test(name)));
  context.out.write(textFor(projects, flags));
}

function textFor(projects: readonly ListedProject[], flags: LsFlags): string {
  if (flags.quiet) return projects.map(({ name }) => name + '\n').join('');
  const rows = projects.map(({ name, states, files }) => ({
    Name: name,
    Status: Object.entries(states)
      .map(([state, count]) => `${state}(${count})`)
      .sort()
      .join(', '),
    ConfigFiles: files.join(','),
  }));
  const format = templateFormat(flags.format);
  if (format) return format(rows);
  if (flags.format === 'json') return JSON.stringify(rows) + '\n';
  return table(
    ['NAME', 'STATUS', 'CONFIG FILES'],
    rows.map(({ Name, Status, ConfigFiles }) => [Name, Status, ConfigFiles]),
  );
}

function patternOf(filter: string): RegExp {
  if (!filter.startsWith('name=')) throw badValue(filter, 'name=TEXT, the only filter there is');
  try {
    return new RegExp(filter.slice('name='.length));
  } catch {
    throw badValue(filter, 'a regular expression after name=');
  }
}
