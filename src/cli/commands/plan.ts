import { Command } from 'commander';
import { isEmptyPlan } from '../../plan/format.ts';
import { planForUp } from '../../stack/up.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { examples } from '../overview.ts';
import { planText, type PlanTextFlags } from '../output/plan-text.ts';
import { orphanWishes } from '../project.ts';
import { projectWithEngine } from '../project-with-engine.ts';
import { scales } from '../values.ts';

interface PlanFlags extends PlanTextFlags {
  readonly exitCode?: boolean;
  readonly forceRecreate?: boolean;
  readonly removeOrphans?: boolean;
  readonly deps: boolean;
  readonly scale?: Readonly<Record<string, number>>;
}

export function planCommand(): Command {
  return new Command('plan')
    .description('show what `up` would change, and why; nothing is changed')
    .argument('[services...]', 'only these, and what they depend on')
    .option('--steps [resource]', 'the host steps of every operation, or of one resource')
    .option('--json', 'the plan with its operations and their steps')
    .option('--exit-code', 'exit with 2 when there is something to do')
    .option('--force-recreate', 'as with `up`')
    .option('--remove-orphans', 'as with `up`')
    .option('--no-deps', 'as with `up`')
    .option('--scale <service=n>', 'as with `up`', scales)
    .addHelpText(
      'before',
      examples([
        'berth plan                      what would change, and why',
        'berth plan --steps              the commands that would run',
        'berth plan --steps=shop-web-1   those of one container',
        'berth plan --exit-code          for scripts: 2 when something would change',
      ]),
    )
    .action(verb(plan));
}

async function plan(context: CliContext, services: string[], flags: PlanFlags): Promise<number> {
  const { project, client } = await projectWithEngine(context, services);
  const { deps, forceRecreate = false, removeOrphans, scale = {} } = flags;
  const allResources = context.globals.allResources === true;
  const made = await planForUp(
    { client, project, emit: () => undefined, signal: context.signal },
    { services, noDeps: !deps, forceRecreate, ...orphanWishes(project, removeOrphans), allResources, scale },
  );
  context.out.write(await planText(client, made, flags));
  return flags.exitCode && !isEmptyPlan(made) ? 2 : 0;
}
