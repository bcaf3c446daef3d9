import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import type { Plan } from '../../model/plan.ts';
import { carryOutTeardown } from '../../stack/down.ts';
import { planForRemove } from '../../stack/remove.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { namedStack, runOrShow } from '../named-stack.ts';
import { examples } from '../overview.ts';

interface RmFlags {
  readonly force?: boolean;
  readonly stop?: boolean;
  readonly volumes?: boolean;
}

export function rmCommand(): Command {
  return new Command('rm')
    .description('remove the stopped containers of services; networks and named volumes stay')
    .argument('[services...]', 'only these')
    .option('-f, --force', 'do not ask')
    .option('-s, --stop', 'stop first what runs')
    .option('-v, --volumes', 'remove their anonymous volumes too')
    .option('--dry-run', 'show what would be done, change nothing')
    .addHelpText(
      'before',
      examples([
        'berth rm            what stands still, after a question',
        'berth rm -sf web    web, at once',
      ]),
    )
    .action(verb(rm));
}

async function rm(context: CliContext, services: string[], flags: RmFlags): Promise<number> {
  const stack = await namedStack(context, services);
  const { stop, volumes, force } = flags;
  const plan = await planForRemove(stack, { services, stop, volumes });
  const asks = force !== true && !context.globals.dryRun && plan.changes.length > 0;
  if (asks && !(await isConfirmed(context, plan))) return 1;
  const nothingToDo = `project ${stack.projectName} has no stopped containers; -s stops those that run`;
  await runOrShow(context, { stack, plan, nothingToDo, carryOut: carryOutTeardown });
  return 0;
}

/** Anything but a yes is a no, and so is the end of the input. */
async function isConfirmed({ err }: CliContext, plan: Plan): Promise<boolean> {
  err.line(`going to remove ${plan.changes.map(({ resource }) => resource.name).join(', ')}`);
  const lines = createInterface({ input: process.stdin });
  err.write('are you sure? [y/N] ');
  for await (const line of lines) return /^y(es)?$/i.test(line.trim());
  return false;
}
