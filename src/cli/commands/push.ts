import { Command } from 'commander';
import { loginFor, registryOf } from '../../client/docker-config.ts';
import type { EngineClient } from '../../client/client.ts';
import type { Project } from '../../model/compose.ts';
import { BerthError } from '../../model/errors.ts';
import { dependencyGraph, orderedServices } from '../../plan/dependencies.ts';
import { transferLines } from '../../stack/pull-image.ts';
import { textsOf } from '../../stack/values.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { examples } from '../overview.ts';
import { projectWithEngine } from '../project-with-engine.ts';
import { splitReference } from '../references.ts';
import { showTransfer } from '../transfers.ts';

interface PushFlags {
  readonly includeDeps?: boolean;
  readonly ignorePushFailures?: boolean;
  readonly quiet?: boolean;
}

export function pushCommand(): Command {
  return new Command('push')
    .description('bring the images that services build to their registries')
    .argument('[services...]', 'only these')
    .option('--include-deps', 'what the named services depend on, too')
    .option('--ignore-push-failures', 'push what can be pushed, warn about the rest')
    .option('-q, --quiet', 'without the progress of the layers')
    .addHelpText('before', examples(['berth push', 'berth push web']))
    .action(verb(push));
}

async function push(context: CliContext, wanted: string[], flags: PushFlags): Promise<undefined> {
  const { project, client } = await projectWithEngine(context, wanted);
  await pushServices(context, { project, client, wanted, flags });
}

/** Pushes what services build under names of their own, `image` and `build.tags`, each once; what others depend on first. */
export async function pushServices(
  context: CliContext,
  about: { project: Project; client: EngineClient; wanted: readonly string[]; flags: PushFlags },
): Promise<void> {
  const { project, client, wanted, flags } = about;
  const withDependencies = flags.includeDeps ?? false;
  const services = orderedServices({
    project,
    graph: dependencyGraph(project.model),
    wanted,
    withDependencies,
  });
  const pushed = new Set<string>();
  for (const service of services) {
    const { image, build } = project.model.services[service] ?? {};
    if (image === undefined || !build) {
      context.err.line(
        `${service}: skipped, as it ${image === undefined ? 'names no image' : 'builds none'}`,
      );
      continue;
    }
    const names = [image, ...(textsOf(build['tags']) ?? [])].filter((name) => !pushed.has(name));
    try {
      for (const reference of names) {
        await pushOne(context, { client, reference, quiet: flags.quiet === true });
        pushed.add(reference);
      }
    } catch (error) {
      if (!flags.ignorePushFailures || !(error instanceof BerthError)) throw error;
      context.err.line(`${context.err.colours.warning('warning:')} ${service}: ${error.message}`);
    }
  }
}

/** Pushes one image, as the person who is logged in. */
export async function pushOne(
  context: CliContext,
  about: { client: EngineClient; reference: string; quiet: boolean },
): Promise<void> {
  const { client, reference, quiet } = about;
  const [name, tag] = splitReference(reference);
  const authconfig = await loginFor(registryOf(reference));
  const answer = await client
    .getImage(name)
    .push({ tag, abortSignal: context.signal, ...(authconfig && { authconfig }) });
  await showTransfer(context, transferLines(answer), { quiet, name: reference });
}
