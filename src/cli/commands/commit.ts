import { Command } from 'commander';
import { replicasOf } from '../../stack/replicas.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { collect } from '../globals.ts';
import { namedStack } from '../named-stack.ts';
import { examples } from '../overview.ts';
import { wholeNumber } from '../values.ts';

interface CommitFlags {
  readonly author?: string;
  readonly change?: readonly string[];
  readonly message?: string;
  readonly pause: boolean;
  readonly index?: number;
}

export function commitCommand(): Command {
  return new Command('commit')
    .description('make an image of what a service has become; volumes are not part of it')
    .argument('<service>')
    .argument('[image]', 'the name that it gets')
    .option('-a, --author <name>', 'who made it')
    .option('-c, --change <line>', 'a line of a Dockerfile; may be given several times', collect)
    .option('-m, --message <text>', 'goes into the history')
    .option('--no-pause', 'do not hold the container still meanwhile')
    .option('-p, --pause', 'hold it still: the default')
    .option('--index <n>', 'of this replica', wholeNumber)
    .option('--dry-run', 'do nothing')
    .addHelpText(
      'before',
      examples(['berth commit web web:patched', `berth commit -c 'CMD ["sh"]' web shell`]),
    )
    .action(verb(run));
}

async function run(
  context: CliContext,
  service: string,
  image: string | undefined,
  flags: CommitFlags,
): Promise<undefined> {
  const { author, message, change, pause, index } = flags;
  const { client, projectName } = await namedStack(context, [service]);
  const [container] = await replicasOf(client, { projectName, service, index });
  if (!container || context.globals.dryRun) return;
  const { Id } = await client.getContainer(container.id).commit({
    pause,
    ...(image !== undefined && { repo: image }),
    ...(author !== undefined && { author }),
    ...(message !== undefined && { comment: message }),
    ...(change && { changes: change.join('\n') }),
  });
  context.out.line(Id);
}
