import { run, type RunOptions, type RunResult } from '../host/exec.ts';
import { runtimeOptions } from './conmon.ts';
import { inPrivateMounts } from './private-mounts.ts';
import type { Runtime } from './runtime.ts';

/** Runs the container runtime to its end, where it sees the cgroups that it can work with. Throws as `run`. */
export function runRuntime(
  place: { readonly runtime: Runtime; readonly stateRoot: string },
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const argv = runtimeArgv(place, args);
  // `run` spawns before its first wait, so the child is born in the private mounts.
  return inPrivateMounts({ hideUnified: place.runtime.hideUnified, spawn: () => run(argv, options) });
}

export function runtimeArgv(
  { runtime, stateRoot }: { readonly runtime: Runtime; readonly stateRoot: string },
  ...args: readonly (readonly string[])[]
): string[] {
  return [runtime.path, ...runtimeOptions(runtime, stateRoot), ...args.flat()];
}
