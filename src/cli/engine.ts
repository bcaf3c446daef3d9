import { isAbsolute, join } from 'node:path';
import type { EngineClient } from '../client/client.ts';
import { connectEngine, socketOf } from '../client/find-engine.ts';
import type { CliContext } from './context.ts';
import type { Globals } from './globals.ts';
import { version } from './version.ts';

const defaultRoot = '/var/lib/berth';
const defaultRunRoot = '/run/berth';

export interface Roots {
  readonly root: string;
  readonly runRoot: string;
}

/** Where the chosen engine keeps its things; absolute. */
export function rootsOf(globals: Pick<Globals, 'root' | 'runRoot'>): Roots {
  return {
    root: absolute(globals.root ?? defaultRoot),
    runRoot: absolute(globals.runRoot ?? defaultRunRoot),
  };
}

/** The engine of the chosen roots. It is started when it does not run, unless `spawn` is false. */
export async function engineFor(
  context: CliContext,
  options: { spawn?: boolean } = {},
): Promise<EngineClient> {
  const client = await connectEngine({ ...rootsOf(context.globals), spawn: options.spawn ?? true, version });
  for (const note of client.notes) context.err.line(`${context.err.colours.warning('note:')} ${note}`);
  return client;
}

/** The value of DOCKER_HOST that leads to the chosen engine. */
export function dockerHost(globals: Pick<Globals, 'root' | 'runRoot'>): string {
  return `unix://${socketOf(rootsOf(globals))}`;
}

function absolute(path: string): string {
  return isAbsolute(path) ? path : join(process.cwd(), path);
}
