import type { ImageRecord } from '../model/image.ts';
import { bodyStream } from './body.ts';
import { type Call, flag, param } from './call.ts';
import { badRequest, notSupported } from './errors.ts';
import { readFilters } from './filters.ts';
import { matchesReference } from './mapping/reference-pattern.ts';
import { imageHistory, imageInfo, imageInspect, imageOrigin } from './mapping/image.ts';
import { pruneAccepts } from './prune.ts';
import { pullImage } from './registry.ts';
import { beginStream, sendEmpty, sendJson, write } from './reply.ts';
import { route, type Route } from './router.ts';

export const imageRoutes: readonly Route[] = [
  route('GET', '/images/json', list),
  route('POST', '/images/create', create),
  route('POST', '/images/load', load),
  route('POST', '/images/prune', prune),
  route('GET', '/images/{name…}/json', inspect),
  route('GET', '/images/{name…}/history', history),
  route('POST', '/images/{name…}/tag', tag),
  route('DELETE', '/images/{name…}', remove),
];

const KNOWN = ['before', 'dangling', 'label', 'label!', 'reference', 'since', 'until'];

function list(call: Call): void {
  const { engine } = call;
  const filters = readFilters(call, KNOWN);
  const dangling = filters.flag('dangling');
  const createdOf = (name: string): number => Date.parse(engine.findImage(name).created);
  const before = filters.values('before').map(createdOf);
  const since = filters.values('since').map(createdOf);
  const accepts = pruneAccepts(filters);
  const images = engine.listImages().filter((image) => {
    const created = Date.parse(image.created);
    return (
      filters.any('reference', (wanted) => matchesReference(image.references, wanted)) &&
      (dangling === undefined || dangling === (image.references.length === 0)) &&
      before.every((limit) => created < limit) &&
      since.every((limit) => created > limit) &&
      accepts({ labels: image.config.labels, created: image.created })
    );
  });
  const containers = engine.listContainers();
  images.sort((one, other) => Date.parse(other.created) - Date.parse(one.created));
  sendJson(
    call.response,
    images.map((image) => imageInfo(named(image, filters.values('reference')), containers)),
  );
}

/** Asked for references, the list shows only the names that fit. */
function named(image: ImageRecord, patterns: readonly string[]): ImageRecord {
  if (patterns.length === 0) return image;
  const fits = (reference: string): boolean =>
    patterns.some((pattern) => matchesReference([reference], pattern));
  return { ...image, references: image.references.filter(fits) };
}

function inspect(call: Call): void {
  const image = call.engine.findImage(param(call, 'name'));
  sendJson(call.response, { ...imageInspect(image), ...imageOrigin(image) });
}

function history(call: Call): void {
  sendJson(call.response, imageHistory(call.engine.findImage(param(call, 'name'))));
}

async function tag(call: Call): Promise<void> {
  const repository = call.query.get('repo') ?? '';
  if (repository === '') throw badRequest('the name of the repository is missing');
  await call.engine.tagImage(param(call, 'name'), joinReference(repository, call.query.get('tag') ?? ''));
  sendEmpty(call.response, 201);
}

async function remove(call: Call): Promise<void> {
  const name = param(call, 'name');
  if (name.trim() === '') throw badRequest('image name cannot be blank');
  const removed = await call.engine.removeImage(name, flag(call, 'force'));
  sendJson(call.response, removed.map(removal));
}

function removal({ untagged, deleted }: { untagged?: string; deleted?: string }): object {
  return {
    ...(untagged !== undefined && { Untagged: untagged }),
    ...(deleted !== undefined && { Deleted: deleted }),
  };
}

/** `fromSrc=-`: the body is a root filesystem. `fromImage`: a pull. */
async function create(call: Call): Promise<void> {
  const { query } = call;
  if (query.get('fromImage')) {
    await pullImage(call, joinReference(query.get('fromImage') ?? '', query.get('tag') ?? ''));
    return;
  }
  if (query.get('fromSrc') !== '-') {
    throw notSupported('importing from an address', 'Send the archive in the body, with fromSrc=-.');
  }
  const id = await call.engine.importImage(bodyStream(call), {
    reference: query.get('repo') ? joinReference(query.get('repo') ?? '', query.get('tag') ?? '') : '',
    changes: query.getAll('changes'),
    message: query.get('message') ?? '',
  });
  beginStream(call.response, 'application/json');
  call.response.end(JSON.stringify({ status: id }) + '\r\n');
}

/** The first line decides whether the answer is an error or a stream. */
async function load(call: Call): Promise<void> {
  const lines = call.engine.loadImages(bodyStream(call))[Symbol.asyncIterator]();
  let next = await lines.next();
  beginStream(call.response, 'application/json');
  try {
    while (!next.done) {
      await write(call.response, JSON.stringify({ stream: withNewline(next.value) }) + '\r\n');
      next = await lines.next();
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await write(call.response, JSON.stringify({ errorDetail: { message }, error: message }) + '\r\n');
  }
  call.response.end();
}

function withNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** `name` and `tag`, which may be a digest; without it, `name` may carry one itself. */
function joinReference(name: string, tag: string): string {
  if (tag === '') return name;
  return tag.includes(':') ? `${name}@${tag}` : `${name}:${tag}`;
}

/** Unused images without a name, or with `dangling=false` every unused one. */
async function prune(call: Call): Promise<void> {
  const { engine } = call;
  const filters = readFilters(call, ['dangling', 'label', 'label!', 'until']);
  const accepts = pruneAccepts(filters);
  const everyUnused = filters.flag('dangling') === false;
  const used = new Set(engine.listContainers().map(({ imageId }) => imageId));
  const goes = (image: ImageRecord): boolean =>
    !used.has(image.id) &&
    !(image.hostRootfs && image.diffIds.length === 0) &&
    (everyUnused || image.references.length === 0) &&
    accepts({ labels: image.config.labels, created: image.created });
  const images = engine.listImages().filter(goes);
  const removed: object[] = [];
  for (const image of images) removed.push(...(await engine.removeImage(image.id, true)).map(removal));
  const partialBytes = await engine.registry.forgetPartial();
  sendJson(call.response, {
    ImagesDeleted: removed,
    SpaceReclaimed: images.reduce((total, { sizeBytes }) => total + sizeBytes, partialBytes),
  });
}
