import { Command } from 'commander';
import { carryOutStarts, planForRestart } from '../../stack/start.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { namedStack, runOrShow } from '../named-stack.ts';
import { examples } from '../overview.ts';
import { wholeNumber } from '../values.ts';

interface RestartFlags {
  readonly timeout?: number;
  readonly deps: boolean;
}

export function restartCommand(): Command {
  return new Command('restart')
    .description('stop services and start them again; a change of the file is not taken in, `up` does that')
    .argument('[services...]', 'only these, and what depends on them with restart: true')
    .option('-t, --timeout <seconds>', 'before the stop becomes a kill', wholeNumber)
    .option('--no-deps', 'leave alone what depends on them')
    .option('--dry-run', 'show what would be done, change nothing')
    .addHelpText(
      'before',
      examples([
        'berth restart                everything, in dependency order',
        'berth restart --no-deps db   db alone',
      ]),
    )
    .action(verb(restart));
}

async function restart(context: CliContext, services: string[], flags: RestartFlags): Promise<undefined> {
  const stack = await namedStack(context, services);
  const { timeout, deps } = flags;
  const plan = await planForRestart(stack, { services, timeoutSeconds: timeout, noDeps: !deps });
  const nothingToDo = `project ${stack.projectName} has no containers to restart; \`berth up\` makes them`;
  await runOrShow(context, { stack, plan, nothingToDo, carryOut: carryOutStarts });
}
