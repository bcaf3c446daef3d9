import type { Handler } from './call.ts';
import { notASwarm, notSupported } from './errors.ts';
import { sendJson } from './reply.ts';
import { route, type Route } from './router.ts';

/** Endpoints of Docker that the engine has nothing behind: each says so. */
export const missingRoutes: readonly Route[] = [
  ...missing('building with BuildKit', [
    ['POST', '/build/cancel'],
    ['POST', '/session'],
    ['POST', '/grpc'],
  ]),
  ...missing('searching registries', [['GET', '/images/search']]),
  route('GET', '/plugins', ({ response }) => sendJson(response, [])),
  ...missing('plugins', [
    ['GET', '/plugins/{rest…}'],
    ['POST', '/plugins/{rest…}'],
    ['DELETE', '/plugins/{rest…}'],
  ]),
  ...swarm(['swarm', 'nodes', 'services', 'tasks', 'secrets', 'configs']),
];

function missing(what: string, endpoints: readonly (readonly [string, string])[]): readonly Route[] {
  const refuse: Handler = () => {
    throw notSupported(what);
  };
  return endpoints.map(([method, path]) => route(method, path, refuse));
}

function swarm(groups: readonly string[]): readonly Route[] {
  const refuse: Handler = () => {
    throw notASwarm();
  };
  return groups.flatMap((group) =>
    ['GET', 'POST', 'DELETE'].flatMap((method) => [
      route(method, `/${group}`, refuse),
      route(method, `/${group}/{rest…}`, refuse),
    ]),
  );
}
