import { Command } from 'commander';
import { findReplica } from '../../stack/exec.ts';
import { verb } from '../action.ts';
import { joinContainer } from '../join-container.ts';
import type { CliContext } from '../context.ts';
import { DEFAULT_DETACH_KEYS } from '../detach-keys.ts';
import { namedStack } from '../named-stack.ts';
import { examples } from '../overview.ts';
import { wholeNumber } from '../values.ts';

interface AttachFlags {
  readonly index?: number;
  readonly stdin: boolean;
  readonly sigProxy: string | boolean;
  readonly detachKeys: string;
}

export function attachCommand(): Command {
  return new Command('attach')
    .description('join the terminal or the input and output of a running service; it goes on without you')
    .argument('<service>')
    .option('--index <n>', 'this replica', wholeNumber)
    .option('--no-stdin', 'only look')
    .option('--sig-proxy [wanted]', 'pass signals such as Ctrl-C on to the service', true)
    .option('--detach-keys <keys>', 'keys that leave the service as it is', DEFAULT_DETACH_KEYS)
    .addHelpText(
      'before',
      examples([
        'berth attach web                       ctrl-p ctrl-q leaves it',
        'berth attach --no-stdin web',
      ]),
    )
    .action(verb(attach));
}

async function attach(context: CliContext, service: string, flags: AttachFlags): Promise<number> {
  const { client, projectName } = await namedStack(context, [service]);
  const { id } = await findReplica(client, { projectName, service, index: flags.index });
  return joinContainer(client, {
    id,
    stdin: flags.stdin,
    signals: flags.sigProxy !== false && flags.sigProxy !== 'false',
    detachKeys: flags.detachKeys,
  });
}
