import type { Command } from 'commander';
import { contextFor, type CliContext } from './context.ts';
import { failureExitCode } from './exit-code.ts';
import { checkDryRun } from './dry-run.ts';
import { interruption } from './interruption.ts';
import { renderError } from './output/errors.ts';

/** What a verb does; the number is the exit code, nothing is 0. */
type Verb<A extends unknown[]> = (context: CliContext, ...values: A) => Promise<number | undefined>;

/** Makes a commander action of a verb: gives it its context, tells its errors, sets the exit code. */
export function verb<A extends unknown[]>(run: Verb<A>): (...values: unknown[]) => Promise<void> {
  return async (...values) => {
    const command = values.at(-1) as Command;
    const context = contextFor(command, interruption);
    try {
      if (context.globals.dryRun) checkDryRun(command);
      process.exitCode = (await run(context, ...(values.slice(0, -1) as A))) ?? 0;
    } catch (error) {
      const verbose = context.globals.verbose === true || process.env['BERTH_DEBUG'] !== undefined;
      const json = context.globals.progress === 'json';
      const errorClass = renderError(error, { terminal: context.err, base: process.cwd(), verbose, json });
      process.exitCode = failureExitCode(errorClass);
    }
  };
}
