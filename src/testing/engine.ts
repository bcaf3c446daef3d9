import { resolve } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import type { EngineClient } from '../client/client.ts';
import { connectEngine } from '../client/find-engine.ts';
import { ownEnvironment } from '../host/environment.ts';
import { needsBerth } from './errors.ts';

const clients = new Map<string, Promise<EngineClient>>();

/**
 * The engine that `BERTH_ROOT` and `BERTH_RUN_ROOT`, or `BERTH_HOST`, name: started when none runs. One client for
 * the whole process, which keeps the engine warm between its stacks, but not this process alive.
 * @throws {HostError} as `connectEngine`; {UsageError} TESTING_NEEDS_BERTH
 */
export function engine(): Promise<EngineClient> {
  const environment = ownEnvironment();
  const root = resolve(environment['BERTH_ROOT'] ?? '/var/lib/berth');
  const runRoot = resolve(environment['BERTH_RUN_ROOT'] ?? '/run/berth');
  const host = hostOf(environment);
  const key = [root, runRoot, host ?? ''].join('\n');
  const known = clients.get(key);
  if (known) return known;
  const connecting = connect({ root, runRoot, host }, () => clients.delete(key));
  clients.set(key, connecting);
  connecting.catch(() => clients.delete(key));
  return connecting;
}

async function connect(
  about: { root: string; runRoot: string; host: string | undefined },
  lost: () => void,
): Promise<EngineClient> {
  const client = await connectEngine({ ...about, spawn: true, version: manifest.version });
  if (!(await client.server()).startsWith('Berth/')) throw needsBerth(client.socketPath);
  const { gone } = await client.own.hold({ isBackground: true });
  void gone.then(lost);
  return client;
}

/** DOCKER_HOST counts where nothing says which engine of ours it is to be. */
function hostOf(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const { BERTH_HOST: own, DOCKER_HOST: docker, BERTH_ROOT: root, BERTH_RUN_ROOT: runRoot } = environment;
  if (own) return own;
  const isOurs = root === undefined && runRoot === undefined && docker?.startsWith('unix://') === true;
  return isOurs ? docker : undefined;
}
