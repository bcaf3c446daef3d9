import type { BuildRequest } from '../../model/build.ts';
import { flag, type Call } from '../call.ts';
import { badRequest } from '../errors.ts';
import { BodyReader } from './body-reader.ts';

/** The query of `POST /build`; the context comes in the body. */
export function classicBuildRequest(call: Call): { build: Omit<BuildRequest, 'context'>; quiet: boolean } {
  const { query } = call;
  const text = (name: string): string => query.get(name) ?? '';
  if (text('remote') !== '') {
    throw badRequest(
      `the build context ${text('remote')} is not on this machine, and contexts are not fetched`,
      'Fetch it first, and send it as a tar.',
    );
  }
  const dockerfile = text('dockerfile') || 'Dockerfile';
  if (dockerfile.startsWith('/') || dockerfile.split('/').includes('..')) {
    throw badRequest(`Forbidden path outside the build context: ${dockerfile}`);
  }
  const build: Omit<BuildRequest, 'context'> = {
    dockerfile,
    args: mapIn(call, 'buildargs'),
    labels: mapIn(call, 'labels'),
    target: text('target'),
    tags: query.getAll('t').filter((name) => name !== ''),
    contexts: {},
    noCache: flag(call, 'nocache'),
    noCacheFilter: [],
    pull: flag(call, 'pull'),
    network: text('networkmode'),
    extraHosts: query
      .getAll('extrahosts')
      .flatMap((hosts) => hosts.split(','))
      .filter((host) => host !== ''),
    platform: text('platform'),
    secrets: [],
    ssh: [],
    ulimits: ulimitsIn(call),
    memory: Number(text('memory')) > 0 ? text('memory') : '',
    privileged: false,
    ...(Number(text('shmsize')) > 0 && { shmSizeBytes: Number(text('shmsize')) }),
  };
  return { build, quiet: flag(call, 'q') };
}

/** A JSON object of texts; `null` takes a name out. */
function mapIn(call: Call, name: string): Record<string, string> {
  const given = new BodyReader({ [name]: jsonIn(call, name) ?? {} }, '').pairs(name);
  const present = Object.fromEntries(given.filter(([, value]) => value !== null));
  return new BodyReader({ [name]: present }, '').texts(name);
}

function ulimitsIn(call: Call): string[] {
  const list = jsonIn(call, 'ulimits') ?? [];
  return new BodyReader({ ulimits: list }, '')
    .objects('ulimits')
    .map((one) => `${one.text('Name')}=${one.number('Soft')}:${one.number('Hard')}`);
}

function jsonIn({ query }: Call, name: string): unknown {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest(`error reading ${name}: it is not JSON`);
  }
}
