import { Command } from 'commander';
import { carryOutStarts, planForStart } from '../../stack/start.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { namedStack, runOrShow } from '../named-stack.ts';
import { examples } from '../overview.ts';
import { wholeNumber } from '../values.ts';

interface StartFlags {
  readonly wait?: boolean;
  readonly waitTimeout?: number;
}

export function startCommand(): Command {
  return new Command('start')
    .description('start containers that exist, after what they depend on')
    .argument('[services...]', 'only these, and what they depend on')
    .option('--wait', 'wait until every service runs, or is healthy')
    .option('--wait-timeout <seconds>', 'give up waiting after this long', wholeNumber)
    .option('--dry-run', 'show what would be done, change nothing')
    .addHelpText(
      'before',
      examples([
        'berth start              everything that stands still',
        'berth start --wait web   web and what it depends on, until all is healthy',
      ]),
    )
    .action(verb(start));
}

async function start(context: CliContext, services: string[], flags: StartFlags): Promise<undefined> {
  const stack = await namedStack(context, services);
  const plan = await planForStart(stack, { services, wait: flags.wait });
  const nothingToDo = `project ${stack.projectName} has no containers to start; \`berth up\` makes them`;
  await runOrShow(context, {
    stack,
    plan,
    nothingToDo,
    carryOut: (told, made) => carryOutStarts(told, made, flags.wait ? flags.waitTimeout : undefined),
  });
}
