import { readJsonBody } from './body.ts';
import { type Call, param } from './call.ts';
import { badRequest } from './errors.ts';
import { wireError } from './mapping/error-body.ts';
import { expandRequests, withUnexpanded } from './mapping/expand.ts';
import { beginStream, sendEmpty, sendJson, write } from './reply.ts';
import { route, type Route } from './router.ts';

/** What Docker's API has no word for. */
export const berthRoutes: readonly Route[] = [
  route('GET', '/berth/status', ({ engine, response }) => sendJson(response, engine.status())),
  route('GET', '/berth/progress', progress),
  route('PUT', '/berth/containers/{id}/files', giveFiles),
  route('POST', '/berth/expand', expand),
  route('POST', '/berth/preflight', preflight),
  route('POST', '/berth/trace', trace),
  route('POST', '/berth/containers/{id}/copies', copies),
  route('POST', '/berth/stop', stop),
  route('GET', '/berth/hold', hold),
];

async function progress({ engine, response, signal }: Call): Promise<void> {
  const steps = engine.progress(signal);
  beginStream(response, 'application/x-ndjson');
  for await (const step of steps) await write(response, JSON.stringify(step) + '\n');
  response.end();
}

async function giveFiles(call: Call): Promise<void> {
  const body = await readJsonBody(call);
  const files = body.objects('Files').map((file) => ({
    target: file.text('Target'),
    content: Buffer.from(file.text('Content'), 'base64'),
  }));
  call.engine.giveFiles(param(call, 'id'), files, { onlyMissing: body.flag('OnlyMissing') });
  sendEmpty(call.response, 204);
}

async function expand(call: Call): Promise<void> {
  const { requests, ids } = expandRequests(await readJsonBody(call));
  const expanded = await call.engine.expand(requests);
  sendJson(call.response, { operations: withUnexpanded(ids, expanded) });
}

async function preflight(call: Call): Promise<void> {
  const { requests } = expandRequests(await readJsonBody(call));
  const problems = await call.engine.preflight(requests);
  sendJson(call.response, { problems: problems.map(({ id, error }) => ({ id, error: wireError(error) })) });
}

async function trace(call: Call): Promise<void> {
  const body = await readJsonBody(call);
  const project = body.text('project');
  const request = { from: body.text('from'), to: body.text('to'), probe: body.flag('probe') };
  sendJson(call.response, await call.engine.trace({ ...request, ...(project !== '' && { project }) }));
}

async function copies(call: Call): Promise<void> {
  const body = await readJsonBody(call);
  const changes = body.objects('changes').map((change) => {
    const [from, to] = [change.text('from'), change.text('to')];
    if (!to.startsWith('/')) throw badRequest(`\`to\` must be an absolute path, got ${JSON.stringify(to)}`);
    return { to, ...(from !== '' && { from }) };
  });
  sendJson(call.response, await call.engine.changeFiles(param(call, 'id'), changes));
}

/** The answer goes out before the engine does. */
async function stop({ engine, response }: Call): Promise<void> {
  response.setHeader('Connection', 'close');
  const sent = new Promise<void>((resolve) => response.once('close', resolve));
  sendEmpty(response, 204);
  await sent;
  await engine.stop();
}

/** The client counts as present while this answer stays open. */
async function hold({ engine, response, signal }: Call): Promise<void> {
  const release = engine.hold();
  beginStream(response, 'text/plain; charset=utf-8');
  if (!signal.aborted) {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
  release();
}
