import { Command, Option } from 'commander';
import { carryOutTeardown, planForDown } from '../../stack/down.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { engineFor } from '../engine.ts';
import { examples } from '../overview.ts';
import { planText, type PlanTextFlags } from '../output/plan-text.ts';
import { projectOrName } from '../project.ts';
import { showPlan } from '../run-plan.ts';
import { wholeNumber } from '../values.ts';

interface DownFlags extends PlanTextFlags {
  readonly volumes?: boolean;
  readonly rmi?: 'local' | 'all';
  readonly removeOrphans?: boolean;
  readonly timeout?: number;
}

export function downCommand(): Command {
  return new Command('down')
    .description('stop and remove the containers and networks of the project; external networks stay')
    .argument('[services...]', 'only these')
    .option('-v, --volumes', 'remove the volumes of the project too, with their data')
    .addOption(
      new Option('--rmi <which>', 'remove images too: those without a name of their own, or all').choices([
        'local',
        'all',
      ]),
    )
    .option('--remove-orphans', 'remove containers whose service is not in the files')
    .option('-t, --timeout <seconds>', 'for stops, before they become kills', wholeNumber)
    .option('--dry-run', 'show what would be done, change nothing')
    .option('--steps [resource]', 'with --dry-run: the host steps of every operation, or of one resource')
    .option('--json', 'with --dry-run: the plan with its operations and their steps')
    .addHelpText(
      'before',
      examples([
        'berth down            volumes stay',
        'berth down -v         volumes go too',
        'berth -p shop down    by name, in any folder',
      ]),
    )
    .action(verb(down));
}

async function down(context: CliContext, services: string[], flags: DownFlags): Promise<undefined> {
  const { project, projectName } = await projectOrName(context);
  const client = await engineFor(context);
  const silent = { client, project, projectName, emit: () => undefined, signal: context.signal };
  const plan = await planForDown(silent, { ...flags, services, timeoutSeconds: flags.timeout });
  if (context.globals.dryRun) {
    context.out.write(await planText(client, plan, flags));
    return;
  }
  if (plan.operations.length === 0) {
    const text = `nothing to take down: project ${projectName} has no containers or networks`;
    context.err.line(`${context.err.colours.warning('warning:')} ${text}`);
    return;
  }
  await showPlan({ context, client, plan, carryOut: (emit) => carryOutTeardown({ ...silent, emit }, plan) });
}
