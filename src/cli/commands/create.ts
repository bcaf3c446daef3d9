import { Command, Option } from 'commander';
import { carryOut, planForUp } from '../../stack/up.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { planText } from '../output/plan-text.ts';
import { examples } from '../overview.ts';
import { orphanWishes } from '../project.ts';
import { projectWithEngine } from '../project-with-engine.ts';
import { providersFirst } from '../providers-first.ts';
import { pullFirst } from '../pull-first.ts';
import { showPlan } from '../run-plan.ts';
import { buildFirst } from '../build-first.ts';
import { excluding } from '../flag-conflicts.ts';
import { scales } from '../values.ts';

interface CreateFlags {
  readonly forceRecreate?: boolean;
  readonly recreate: boolean;
  readonly build?: boolean;
  readonly removeOrphans?: boolean;
  readonly scale?: Readonly<Record<string, number>>;
  readonly pull?: string;
  readonly quietPull?: boolean;
}

export function createCommand(): Command {
  return new Command('create')
    .description('make networks, volumes and containers; start nothing')
    .argument('[services...]', 'only these, and what they depend on')
    .option('--build', 'build the images first, changed or not')
    .option('--no-build', 'build nothing, even what changed')
    .option('--force-recreate', 'make containers anew even if nothing changed')
    .option('--no-recreate', 'leave existing containers as they are')
    .addOption(
      new Option('--pull <policy>', 'when to fetch images, instead of `pull_policy`').choices([
        'always',
        'missing',
        'never',
      ]),
    )
    .option('--quiet-pull', 'without the progress of the layers')
    .option('--remove-orphans', 'remove containers whose service is not in the files')
    .option('--scale <service=n>', 'number of replicas; may be given several times', scales)
    .option('--dry-run', 'show what would be done, change nothing')
    .addHelpText('before', examples(['berth create', 'berth create --scale web=3 web']))
    .action(verb(create));
}

async function create(context: CliContext, services: string[], flags: CreateFlags): Promise<undefined> {
  const { recreate, quietPull, build, ...rest } = flags;
  excluding(['--force-recreate', flags.forceRecreate], ['--no-recreate', !recreate]);
  const builds = { build: build === true, noBuild: build === false };
  const request = { ...rest, ...builds, services, noStart: true, noRecreate: !recreate };
  await bringTo(context, request, quietPull);
}

/** Has a state of the stack come about, or shows what it takes with `--dry-run`. */
export async function bringTo(
  context: CliContext,
  wanted: Parameters<typeof planForUp>[1],
  quietPull?: boolean,
): Promise<undefined> {
  const { project, client } = await projectWithEngine(context, wanted.services);
  const silent = { client, project, emit: () => undefined, signal: context.signal };
  const wishes = orphanWishes(project, wanted.removeOrphans);
  const request = { ...wanted, ...wishes, allResources: context.globals.allResources === true };
  if (context.globals.dryRun) {
    context.out.write(await planText(client, await planForUp(silent, request), {}));
    return;
  }
  await pullFirst(context, { client, project, request, quiet: quietPull });
  await buildFirst({ context, client, project, request });
  const ready = { ...silent, project: await providersFirst(context, { client, project, request }) };
  const plan = await planForUp(ready, {
    ...request,
    pulled: true,
    build: false,
    built: true,
    provided: true,
  });
  await showPlan({
    context,
    client,
    plan,
    quietTransfers: quietPull,
    carryOut: (emit) => carryOut({ ...ready, emit }, plan, undefined),
  });
}
