import { Command, Option } from 'commander';
import { ps, type Replica } from '../../stack/ps.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { engineFor } from '../engine.ts';
import { composeRow } from '../output/compose-row.ts';
import { replicaTable } from '../output/replica-table.ts';
import { examples } from '../overview.ts';
import { nameOnly } from '../project.ts';

interface PsFlags {
  readonly all?: boolean;
  readonly quiet?: boolean;
  readonly services?: boolean;
  readonly format: 'table' | 'json';
  readonly status?: string;
}

export function psCommand(): Command {
  return new Command('ps')
    .description('list the containers of the project, their addresses, and from where they are reached')
    .argument('[services...]', 'only these')
    .option('-a, --all', 'stopped ones too')
    .option('-q, --quiet', 'ids only')
    .option('--services', 'names of services only')
    .option('--status <state>', 'only those in this state: running, exited, …')
    .addOption(
      new Option('--format <format>', 'table, or JSON lines').choices(['table', 'json']).default('table'),
    )
    .addHelpText('before', examples(['berth ps', 'berth ps -a', "berth ps --format json | jq -r '.Name'"]))
    .action(verb(list));
}

async function list(context: CliContext, services: string[], flags: PsFlags): Promise<undefined> {
  const projectName = await nameOnly(context);
  const client = await engineFor(context);
  const all = flags.all === true || flags.status !== undefined;
  const found = await ps(client, { projectName, services, all });
  const shown = found.filter(({ state }) => flags.status === undefined || state === flags.status);
  context.out.write(textFor(shown, projectName, flags));
}

function textFor(replicas: readonly Replica[], projectName: string, flags: PsFlags): string {
  const lines = (texts: readonly string[]) => texts.map((text) => text + '\n').join('');
  if (flags.quiet) return lines(replicas.map(({ id }) => id));
  if (flags.services) return lines([...new Set(replicas.map(({ service }) => service))]);
  if (flags.format === 'json') {
    return lines(replicas.map((replica) => JSON.stringify(composeRow(replica, projectName))));
  }
  return replicaTable(replicas, projectName);
}
