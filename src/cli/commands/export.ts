import { Command } from 'commander';
import { writeStream } from '../../host/write-stream.ts';
import { UsageError } from '../../model/errors.ts';
import { replicasOf } from '../../stack/replicas.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { namedStack } from '../named-stack.ts';
import { examples } from '../overview.ts';
import { wholeNumber } from '../values.ts';

interface ExportFlags {
  readonly output?: string;
  readonly index?: number;
}

export function exportCommand(): Command {
  return new Command('export')
    .description('write all files of a service as a tar, without its volumes')
    .argument('<service>')
    .option('-o, --output <path>', 'to this file instead of stdout')
    .option('--index <n>', 'of this replica', wholeNumber)
    .option('--dry-run', 'do nothing')
    .addHelpText('before', examples(['berth export -o web.tar web', 'berth export web | tar t']))
    .action(verb(run));
}

async function run(context: CliContext, service: string, flags: ExportFlags): Promise<undefined> {
  const { output, index } = flags;
  if (output === undefined && context.out.isTty) {
    const hint = 'berth export -o FILE, or a pipe';
    throw new UsageError('BAD_VALUE', 'a tar does not belong on a terminal', { hint });
  }
  const { client, projectName } = await namedStack(context, [service]);
  const [container] = await replicasOf(client, { projectName, service, index });
  if (!container || context.globals.dryRun) return;
  await writeStream(await client.getContainer(container.id).export(), output);
}
