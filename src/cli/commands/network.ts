import { Command } from 'commander';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { engineFor } from '../engine.ts';
import { statusOf } from '../../stack/engine-client.ts';
import { collect } from '../globals.ts';
import { examples } from '../overview.ts';
import { forEachName } from '../resources.ts';
import { filters } from '../values.ts';
import { addNetworkConnections } from './network-connections.ts';
import { addNetworkCreate } from './network-create.ts';
import { graphCommand } from './network-graph.ts';
import { addNetworkListing } from './network-listing.ts';

export function networkCommand(): Command {
  const network = new Command('network')
    .description('networks of the engine')
    .addHelpText(
      'before',
      examples(['berth network create hehe', 'berth network inspect hehe', 'berth network rm hehe']),
    );
  addNetworkListing(network);
  addNetworkCreate(network);
  addRemovals(network);
  addNetworkConnections(network);
  network.addCommand(graphCommand());
  return network;
}

function addRemovals(network: Command): void {
  network
    .command('rm <names...>')
    .alias('remove')
    .description('remove networks')
    .option('-f, --force', 'do not mind networks that are not there')
    .addHelpText('before', examples(['berth network rm hehe']))
    .action(verb(remove));
  network
    .command('prune')
    .description('remove all networks that no container is on')
    .option('-f, --force', 'accepted for habit; nothing is asked')
    .option('--filter <key=value>', 'label, label!, until; may be given several times', collect)
    .action(verb(prune));
}

async function remove(context: CliContext, names: string[], flags: { force?: boolean }): Promise<number> {
  const client = await engineFor(context);
  return forEachName(context, names, async (name) => {
    try {
      await client.getNetwork(name).remove();
    } catch (error) {
      if (!flags.force || statusOf(error) !== 404) throw error;
    }
  });
}

async function prune(context: CliContext, flags: { filter?: readonly string[] }): Promise<number> {
  const client = await engineFor(context);
  const options = flags.filter ? { filters: filters(flags.filter) } : {};
  const { NetworksDeleted: removed } = await client.pruneNetworks(options);
  for (const name of (removed as string[] | null) ?? []) context.out.line(name);
  return 0;
}
