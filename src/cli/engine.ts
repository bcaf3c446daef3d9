import { isAbsolute, join } from 'node:path';
import type { EngineClient } from '../client/client.ts';
import { addressOfContext } from '../client/docker-context.ts';
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
  const roots = rootsOf(context.globals);
  const host = dockerHostOf(context.globals, roots);
  const client = await connectEngine({ ...roots, spawn: options.spawn ?? true, version, host });
  client.operationsMax = context.globals.parallel ?? -1;
  for (const note of client.notes) context.err.line(`${context.err.colours.warning('note:')} ${note}`);
  return client;
}

/** DOCKER_HOST, or DOCKER_CONTEXT, counts where nothing says which engine of ours it is to be; at the socket of ours it means nothing. */
function dockerHostOf(globals: Pick<Globals, 'root' | 'runRoot'>, roots: Roots): string | undefined {
  const { BERTH_HOST: own, DOCKER_HOST, DOCKER_CONTEXT } = process.env;
  if (own) return own;
  const isSaid = globals.root !== undefined || globals.runRoot !== undefined;
  // As with the docker CLI, the address wins over the context.
  const host = DOCKER_HOST || (isSaid ? undefined : addressOfContext(DOCKER_CONTEXT ?? '', process.env));
  return !host || isSaid || host === `unix://${socketOf(roots)}` ? undefined : host;
}

/** The value of DOCKER_HOST that leads to the chosen engine. */
export function dockerHost(globals: Pick<Globals, 'root' | 'runRoot'>): string {
  return `unix://${socketOf(rootsOf(globals))}`;
}

function absolute(path: string): string {
  return isAbsolute(path) ? path : join(process.cwd(), path);
}
