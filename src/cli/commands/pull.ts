import { Command, Option } from 'commander';
import { carryOutPulls, planForPull } from '../../stack/pull.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { planText } from '../output/plan-text.ts';
import { examples } from '../overview.ts';
import { projectWithEngine } from '../project-with-engine.ts';
import { showPlan } from '../run-plan.ts';

interface PullFlags {
  readonly policy?: string;
  readonly ignorePullFailures?: boolean;
  readonly ignoreBuildable?: boolean;
  readonly includeDeps?: boolean;
  readonly quiet?: boolean;
}

export function pullCommand(): Command {
  return new Command('pull')
    .description('fetch the images of the services from their registries')
    .argument('[services...]', 'only these')
    .addOption(
      new Option('--policy <policy>', 'instead of those of the services').choices(['missing', 'always']),
    )
    .option('--include-deps', 'what the named services depend on, too')
    .option('--ignore-pull-failures', 'fetch what can be fetched, warn about the rest')
    .option('--ignore-buildable', 'leave out images that can be built')
    .option('-q, --quiet', 'without the progress of the layers')
    .addHelpText('before', examples(['berth pull', 'berth pull --policy missing db']))
    .action(verb(pull));
}

async function pull(context: CliContext, services: string[], flags: PullFlags): Promise<undefined> {
  const { project, client } = await projectWithEngine(context, services);
  const silent = { client, project, emit: () => undefined, signal: context.signal };
  const plan = await planForPull(silent, { ...flags, services });
  if (context.globals.dryRun) {
    context.out.write(await planText(client, plan, {}));
    return;
  }
  for (const { resource, verdict, cause } of plan.changes)
    if (verdict === 'unchanged') context.err.line(` Image ${resource.name} Skipped ${cause.text}`);
  const ignoreFailures = flags.ignorePullFailures === true;
  await showPlan({
    context,
    client,
    plan,
    quietTransfers: flags.quiet,
    carryOut: (emit) => carryOutPulls({ ...silent, emit }, plan, { ignoreFailures }),
  });
}
