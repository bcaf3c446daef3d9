import type { BuildEvent, BuildRequest } from '../model/build.ts';
import { BerthError, EngineError } from '../model/errors.ts';
import { bodyStream, readJsonBody } from './body.ts';
import { flag, integer, param, type Call } from './call.ts';
import { badRequest } from './errors.ts';
import { withBuildNetwork } from './build-network.ts';
import { ClassicBuild } from './mapping/classic-build.ts';
import { classicBuildRequest } from './mapping/classic-build-request.ts';
import { buildRequest } from './mapping/build-request.ts';
import { committedConfig } from './mapping/committed-config.ts';
import { wireError } from './mapping/error-body.ts';
import { loginsOf } from './registry.ts';
import { beginStream, sendJson, write } from './reply.ts';
import { route, type Route } from './router.ts';

export const buildRoutes: readonly Route[] = [
  route('POST', '/build', classic),
  route('POST', '/build/prune', prune),
  route('POST', '/commit', commit),
  route('GET', '/containers/{id…}/changes', changes),
  route('POST', '/berth/build', native),
  route('POST', '/berth/build/assess', assess),
];

/** A context as a tar in the body, and an answer in the words of Docker's classic builder. */
async function classic(call: Call): Promise<void> {
  if (integer(call, 'version') === 2) {
    const message = 'BuildKit sessions are not served: build with the classic builder';
    throw new EngineError(501, 'NOT_SUPPORTED', message, { hint: 'DOCKER_BUILDKIT=0 docker build …' });
  }
  const request = classicBuildRequest(call);
  const context = await call.engine.builds.stageContext(bodyStream(call));
  try {
    const words = new ClassicBuild({ quiet: request.quiet });
    const stream = new LineStream(call);
    await building(call, { ...request.build, context: context.path }, (event) => {
      for (const line of words.lines(event)) stream.send(line);
    });
    await stream.end();
  } finally {
    await context.release();
  }
}

/** A folder of this machine as the context, and an answer of one event a line. */
async function native(call: Call): Promise<void> {
  const request = buildRequest(await readJsonBody(call));
  const stream = new LineStream(call);
  await building(call, request, (event) => stream.send(event));
  await stream.end();
}

async function assess(call: Call): Promise<void> {
  const requests = (await readJsonBody(call)).objects('builds').map(buildRequest);
  sendJson(call.response, { builds: call.engine.builds.assess(requests) });
}

/** An image of what a container is: its files over those of its own image. A running one holds still meanwhile. */
async function commit(call: Call): Promise<void> {
  const { engine, query } = call;
  const container = query.get('container') ?? '';
  if (container === '') throw badRequest('the name of the container is missing');
  const [repository, tag] = [query.get('repo') ?? '', query.get('tag') ?? ''];
  const id = await engine.builds.commit(container, {
    reference: tag === '' ? repository : `${repository}:${tag}`,
    author: query.get('author') ?? '',
    comment: query.get('comment') ?? '',
    changes: query
      .getAll('changes')
      .flatMap((text) => text.split('\n'))
      .filter((line) => line.trim() !== ''),
    config: committedConfig(await readJsonBody(call)),
    pause: flag(call, 'pause', true),
  });
  sendJson(call.response, { Id: id }, 201);
}

function changes(call: Call): void {
  const kinds = { changed: 0, added: 1, deleted: 2 };
  const found = call.engine.builds.changes(param(call, 'id'));
  sendJson(
    call.response,
    found.map(({ path, kind }) => ({ Path: path, Kind: kinds[kind] })),
  );
}

async function prune(call: Call): Promise<void> {
  sendJson(call.response, { CachesDeleted: [], SpaceReclaimed: await call.engine.builds.prune() });
}

/** An error before the first word is the answer's status; a later one is the last line. */
async function building(call: Call, request: BuildRequest, tell: (event: BuildEvent) => void): Promise<void> {
  try {
    await withBuildNetwork(call.engine, request, (ready) =>
      call.engine.builds.build(ready, { tell, signal: call.signal, logins: loginsOf(call) }),
    );
  } catch (error) {
    const isKnown = error instanceof BerthError;
    if (!call.response.headersSent || !isKnown) throw error;
    tell({ type: 'failed', error: wireError(error) });
  }
}

/** JSON lines, in order, at the pace of the reader. */
class LineStream {
  readonly #call: Call;
  #last: Promise<void> = Promise.resolve();

  constructor(call: Call) {
    this.#call = call;
  }

  send(value: object): void {
    const { response } = this.#call;
    if (!response.headersSent) beginStream(response, 'application/json');
    this.#last = this.#last.then(() => write(response, JSON.stringify(value) + '\r\n'));
  }

  async end(): Promise<void> {
    await this.#last;
    this.#call.response.end();
  }
}
