import { Command } from 'commander';
import { ps } from '../../stack/ps.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { namedStack } from '../named-stack.ts';
import { table } from '../output/table.ts';
import { examples } from '../overview.ts';

export function topCommand(): Command {
  return new Command('top')
    .description('list the processes of running services')
    .argument('[services...]', 'only these')
    .addHelpText('before', examples(['berth top', 'berth top web']))
    .action(verb(top));
}

async function top(context: CliContext, services: string[]): Promise<undefined> {
  const { client, projectName } = await namedStack(context, services);
  const replicas = await ps(client, { projectName, services });
  const found = await Promise.all(
    replicas.map(async ({ id, name }) => ({ name, ...(await client.getContainer(id).top()) })),
  );
  for (const { name, Titles, Processes } of found) {
    context.out.line(name);
    context.out.line(table(Titles, Processes));
  }
}
