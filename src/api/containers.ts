import { readJsonBody } from './body.ts';
import { type Call, flag, integer, param } from './call.ts';
import { selectContainers } from './container-filters.ts';
import { EngineError } from '../model/errors.ts';
import { suitsPlatform } from '../model/platforms.ts';
import { badRequest } from './errors.ts';
import { readFilters } from './filters.ts';
import { containerSpec, restartPolicy } from './mapping/create-body.ts';
import { containerInspect } from './mapping/container-inspect.ts';
import { containerInfo } from './mapping/container-list.ts';
import { resourceSpec } from './mapping/resources.ts';
import { pruneAccepts } from './prune.ts';
import { sendEmpty, sendJson } from './reply.ts';
import { route, type Route } from './router.ts';

export const containerRoutes: readonly Route[] = [
  route('GET', '/containers/json', list),
  route('POST', '/containers/create', create),
  route('POST', '/containers/prune', prune),
  route('GET', '/containers/{id…}/json', inspect),
  route('POST', '/containers/{id…}/start', start),
  route('POST', '/containers/{id…}/stop', stop),
  route('POST', '/containers/{id…}/restart', restart),
  route('POST', '/containers/{id…}/kill', kill),
  route('POST', '/containers/{id…}/pause', pause),
  route('POST', '/containers/{id…}/unpause', unpause),
  route('POST', '/containers/{id…}/rename', rename),
  route('POST', '/containers/{id…}/update', update),
  route('POST', '/containers/{id…}/wait', wait),
  route('DELETE', '/containers/{id…}', remove),
];

async function list(call: Call): Promise<void> {
  const containers = selectContainers(call);
  const withSizes = flag(call, 'size');
  const rows = containers.map((container) => containerInfo(container, call.engine));
  sendJson(call.response, withSizes ? await Promise.all(rows.map((row) => withSizesOf(call, row))) : rows);
}

async function withSizesOf<T extends { Id: string }>({ engine }: Call, body: T): Promise<T> {
  const { ownBytes, totalBytes } = await engine.containerSizes(body.Id);
  return { ...body, SizeRw: ownBytes, SizeRootFs: totalBytes };
}

async function create(call: Call): Promise<void> {
  const body = await readJsonBody(call);
  const spec = { ...containerSpec(call.query.get('name') ?? '', body), ...hostPathOwner(call) };
  refuseOtherPlatform(call, spec.image);
  const { id, warnings } = await call.engine.createContainer(spec).catch(tellMissingNetwork);
  sendJson(call.response, { Id: id, Warnings: warnings }, 201);
}

/** `platform=os[/architecture[/variant]]`: the image must be of it. */
function refuseOtherPlatform({ engine, query }: Call, reference: string): void {
  const wanted = query.get('platform') ?? '';
  if (wanted === '') return;
  const image = engine.findImage(reference);
  if (suitsPlatform(image, wanted)) return;
  const found = `${image.os}/${image.architecture}`;
  const text = `image with reference ${reference} was found but does not match the specified platform: wanted ${wanted}, actual: ${found}`;
  throw new EngineError(404, 'IMAGE_NOT_FOUND', text);
}

/** `Berth-User: 1000:1000`: who gave the command, where our own client knows it. */
function hostPathOwner({ request }: Call): { hostPathOwner?: { uid: number; gid: number } } {
  const match = /^(\d{1,10}):(\d{1,10})$/.exec(String(request.headers['berth-user'] ?? ''));
  return match ? { hostPathOwner: { uid: Number(match[1]), gid: Number(match[2]) } } : {};
}

/** To a 404 the Docker client says that the image is missing, and asks for it. */
function tellMissingNetwork(error: unknown): never {
  if (!(error instanceof EngineError) || error.code !== 'NETWORK_NOT_FOUND') throw error;
  const { code, message, hint } = error;
  throw new EngineError(400, code, message, { ...(hint !== undefined && { hint }), cause: error });
}

async function inspect(call: Call): Promise<void> {
  const container = call.engine.findContainer(param(call, 'id'));
  const body = containerInspect(container, call.engine, { shortIdIsAlias: call.apiMinor < 45 });
  sendJson(call.response, flag(call, 'size') ? await withSizesOf(call, body) : body);
}

async function start(call: Call): Promise<void> {
  const outcome = await call.engine.startContainer(param(call, 'id'));
  sendEmpty(call.response, outcome === 'already' ? 304 : 204);
}

async function stop(call: Call): Promise<void> {
  const outcome = await call.engine.stopContainer(param(call, 'id'), stopOptions(call));
  sendEmpty(call.response, outcome === 'already' ? 304 : 204);
}

async function restart(call: Call): Promise<void> {
  await call.engine.restartContainer(param(call, 'id'), stopOptions(call));
  sendEmpty(call.response, 204);
}

function stopOptions(call: Call): { timeoutSeconds?: number; signal?: string } {
  const timeoutSeconds = integer(call, 't');
  const signal = call.query.get('signal');
  return { ...(timeoutSeconds !== undefined && { timeoutSeconds }), ...(signal && { signal }) };
}

async function kill(call: Call): Promise<void> {
  await call.engine.killContainer(param(call, 'id'), call.query.get('signal') || 'SIGKILL');
  sendEmpty(call.response, 204);
}

async function pause(call: Call): Promise<void> {
  await call.engine.pauseContainer(param(call, 'id'));
  sendEmpty(call.response, 204);
}

async function unpause(call: Call): Promise<void> {
  await call.engine.unpauseContainer(param(call, 'id'));
  sendEmpty(call.response, 204);
}

async function rename(call: Call): Promise<void> {
  const name = (call.query.get('name') ?? '').replace(/^\//, '');
  if (name === '') throw badRequest('Neither old nor new names may be empty');
  await call.engine.renameContainer(param(call, 'id'), name);
  sendEmpty(call.response, 204);
}

async function update(call: Call): Promise<void> {
  const body = await readJsonBody(call);
  const policy = body.object('RestartPolicy');
  const { id, spec } = call.engine.findContainer(param(call, 'id'));
  await call.engine.updateContainer(id, {
    resources: resourceSpec(body, spec.resources),
    ...(policy.text('Name') !== '' && { restartPolicy: restartPolicy(policy) }),
  });
  sendJson(call.response, { Warnings: [] });
}

async function remove(call: Call): Promise<void> {
  if (flag(call, 'link')) {
    await call.engine.removeLink(param(call, 'id'));
    sendEmpty(call.response, 204);
    return;
  }
  await call.engine.removeContainer(param(call, 'id'), {
    force: flag(call, 'force'),
    volumes: flag(call, 'v'),
  });
  sendEmpty(call.response, 204);
}

const WAIT_CONDITIONS = ['not-running', 'next-exit', 'removed'];

/** The headers go out at once: clients take them as the sign that they may start the container. */
async function wait(call: Call): Promise<void> {
  const { engine, response, signal } = call;
  const condition = call.query.get('condition') || 'not-running';
  if (!WAIT_CONDITIONS.includes(condition)) throw badRequest(`invalid condition: "${condition}"`);
  const { id } = engine.findContainer(param(call, 'id'));
  const exit = engine.waitContainer(id, condition, signal).then(
    (StatusCode) => ({ StatusCode }),
    (error: unknown) => ({
      StatusCode: 125,
      Error: { Message: error instanceof Error ? error.message : String(error) },
    }),
  );
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.flushHeaders();
  const result = await exit;
  if (!signal.aborted) response.end(JSON.stringify(result) + '\n');
}

async function prune(call: Call): Promise<void> {
  const accepts = pruneAccepts(readFilters(call, ['label', 'label!', 'until']));
  const removed: string[] = [];
  for (const container of call.engine.listContainers()) {
    if (!['created', 'exited', 'dead'].includes(container.state.status)) continue;
    if (!accepts({ labels: container.process.labels, created: container.created })) continue;
    await call.engine.removeContainer(container.id, { force: false, volumes: false });
    removed.push(container.id);
  }
  sendJson(call.response, { ContainersDeleted: removed, SpaceReclaimed: 0 });
}
