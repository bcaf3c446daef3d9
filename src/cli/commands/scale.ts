import { Command } from 'commander';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { examples } from '../overview.ts';
import { scales } from '../values.ts';
import { bringTo } from './create.ts';

export function scaleCommand(): Command {
  return new Command('scale')
    .description('set the number of replicas of services')
    .argument('<service=n...>')
    .option('--no-deps', 'leave alone what they depend on')
    .option('--dry-run', 'show what would be done, change nothing')
    .addHelpText('before', examples(['berth scale web=3', 'berth scale web=3 worker=0']))
    .action(verb(scale));
}

async function scale(context: CliContext, texts: string[], flags: { deps: boolean }): Promise<undefined> {
  const wanted = texts.reduce<Record<string, number>>((earlier, text) => scales(text, earlier), {});
  const services = Object.keys(wanted);
  await bringTo(context, { services, scale: wanted, noDeps: !flags.deps, noRecreate: true });
}
