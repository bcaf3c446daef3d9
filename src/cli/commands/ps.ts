import { Command, Option } from 'commander';
import { ps, type Replica } from '../../stack/ps.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { engineFor } from '../engine.ts';
import { collect } from '../globals.ts';
import { templateFormat } from '../output/template.ts';
import { composeRow } from '../output/compose-row.ts';
import { replicaTable } from '../output/replica-table.ts';
import { examples } from '../overview.ts';
import { nameOnly, projectFor } from '../project.ts';
import { badValue, yesOrNo } from '../values.ts';

interface PsFlags {
  readonly all?: boolean;
  readonly quiet?: boolean;
  readonly services?: boolean;
  readonly format: string;
  readonly status?: readonly string[];
  readonly filter?: readonly string[];
  readonly orphans: boolean;
  readonly trunc: boolean;
}

export function psCommand(): Command {
  return new Command('ps')
    .description('list the containers of the project, their addresses, and from where they are reached')
    .argument('[services...]', 'only these')
    .option('-a, --all', 'stopped ones too')
    .option('-q, --quiet', 'ids only')
    .option('--services', 'names of services only')
    .option(
      '--status <state>',
      'only those in this state: running, exited, …; may be given several times',
      collect,
    )
    .option('--filter <status=state>', 'as --status', stateFilter)
    .addOption(
      new Option('--orphans [wanted]', 'containers whose service is not in the files, too')
        .argParser(yesOrNo)
        .default(true, 'true'),
    )
    .option('--no-orphans', 'without them')
    .option('--format <format>', 'table, json for JSON lines, or a template: {{.Name}}', 'table')
    .option('--no-trunc', 'whole ids with --format; nothing else is ever cut off')
    .addHelpText('before', examples(['berth ps', 'berth ps -a', "berth ps --format json | jq -r '.Name'"]))
    .action(verb(list));
}

async function list(context: CliContext, services: string[], flags: PsFlags): Promise<undefined> {
  const format = templateFormat(flags.format);
  const states = [...(flags.status ?? []), ...(flags.filter ?? [])];
  const known = flags.orphans ? undefined : Object.keys((await projectFor(context)).model.services);
  const projectName = await nameOnly(context);
  const client = await engineFor(context);
  const all = flags.all === true || states.length > 0;
  const found = await ps(client, { projectName, services, all });
  const shown = found
    .filter(({ state }) => states.length === 0 || states.includes(state))
    .filter(({ service }) => known?.includes(service) ?? true);
  context.out.write(
    format
      ? format(shown.map((replica) => composeRow(replica, projectName, flags)))
      : textFor(shown, projectName, flags),
  );
}

function stateFilter(text: string, earlier: readonly string[] = []): string[] {
  if (!text.startsWith('status=')) throw badValue(text, 'status=STATE, the only filter there is');
  return [...earlier, text.slice('status='.length)];
}

function textFor(replicas: readonly Replica[], projectName: string, flags: PsFlags): string {
  const lines = (texts: readonly string[]) => texts.map((text) => text + '\n').join('');
  if (flags.quiet) return lines(replicas.map(({ id }) => id));
  if (flags.services) return lines([...new Set(replicas.map(({ service }) => service))]);
  if (flags.format === 'json') {
    return lines(replicas.map((replica) => JSON.stringify(composeRow(replica, projectName, flags))));
  }
  return replicaTable(replicas, projectName);
}
