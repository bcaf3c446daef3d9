import { BerthError } from '../model/errors.ts';
import type { CliContext } from './context.ts';
import { renderError } from './output/errors.ts';

/** Does the same to each name, goes on after a failure, and prints the names that went well. The first failure's exit code. */
export async function forEachName(
  context: Pick<CliContext, 'out' | 'err'>,
  names: readonly string[],
  work: (name: string) => Promise<unknown>,
): Promise<number> {
  let exitCode = 0;
  for (const name of names) {
    try {
      await work(name);
      context.out.line(name);
    } catch (error) {
      if (!(error instanceof BerthError)) throw error;
      const told = renderError(error, { terminal: context.err, base: process.cwd(), verbose: false });
      exitCode = exitCode === 0 ? told : exitCode;
    }
  }
  return exitCode;
}

/** Prints what was found as one JSON array, and tells what was not. */
export async function inspectAll(
  context: CliContext,
  names: readonly string[],
  look: (name: string) => Promise<unknown>,
): Promise<number> {
  const found: unknown[] = [];
  const quiet = { err: context.err, out: { ...context.out, line: () => undefined } };
  const exitCode = await forEachName(quiet, names, async (name) => found.push(await look(name)));
  context.out.line(JSON.stringify(found, undefined, 4));
  return exitCode;
}

/** A copy without the keys whose value is undefined. */
export function orUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Partial<T>;
}

/** `1.5MB`, as Docker writes sizes. */
export function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)}${units[unit] ?? ''}`;
}
