import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { familiarReference, parseReference } from '../../src/image/references.ts';
import { NOBODY } from '../../src/image/registry/auth.ts';
import { parsePlatform } from '../../src/image/registry/platforms.ts';
import { ImageStore } from '../../src/image/store.ts';
import { BerthError } from '../../src/model/errors.ts';
import type { TransferEvent } from '../../src/model/transfer.ts';
import { packed, sha256, type TarMember } from '../helpers/busybox-image.ts';
import {
  ownArchitecture,
  refuse,
  serve,
  TestRegistry,
  type Fault,
  type ImageOptions,
  type MadeImage,
} from '../helpers/registry.ts';
import { own, scratch } from './scratch.ts';

/** Quick, so that what is tried again and again is over soon. */
const retries = { times: 3, firstDelayMs: 1, longestDelayMs: 2, longestAskedMs: 500, idleTimeoutMs: 300 };

/** Data that does not compress, so that a blob has as many bytes as its layer. */
const data = randomBytes(300_000);
const layer = (name: string, content: Buffer | string = data): TarMember[] => [[own({ name }), content]];
const twoLayers: ImageOptions = { layers: [layer('first'), layer('second', randomBytes(1000))] };

let registry: TestRegistry;
let root: string;
let store: ImageStore;

beforeEach(async () => {
  registry = await TestRegistry.start();
  root = scratch();
  store = new ImageStore({ root, retries });
  await store.open();
});

afterEach(async () => {
  await registry[Symbol.asyncDispose]();
});

async function pull(text: string, options: { platform?: string; signal?: AbortSignal } = {}) {
  const reference = parseReference(text);
  const events: TransferEvent[] = [];
  const pulled = await store.pull({
    reference,
    text: familiarReference(reference),
    platform: parsePlatform(options.platform ?? ownArchitecture),
    isPlatformWanted: options.platform !== undefined,
    credentials: NOBODY,
    signal: options.signal ?? new AbortController().signal,
    onEvent: (event) => events.push(event),
  });
  return { ...pulled, events };
}

async function refusal(text: string, options: { platform?: string } = {}): Promise<BerthError> {
  try {
    await pull(text, options);
  } catch (error) {
    if (error instanceof BerthError) return error;
    throw error;
  }
  throw new Error('the pull went well');
}

function expectNothing(): void {
  expect(store.list().map(({ references }) => references)).toEqual([['berth/host:latest']]);
  for (const folder of ['records', 'layers', 'l', 'staging', 'blobs/sha256']) {
    expect(readdirSync(`${root}/images/${folder}`), folder).toEqual([]);
  }
}

async function expectGood(image: MadeImage): Promise<void> {
  registry.fault = () => false;
  const { image: record } = await pull(image.reference);
  expect(record.references).toEqual([image.reference]);
  expect(record.repoDigests).toEqual([`${image.reference.replace(/:1$/, '')}@${image.digest}`]);
  expect(store.layers(record)).toHaveLength(image.layers.length);
}

const isBlob = (path = '', image?: MadeImage): boolean =>
  path.includes('/blobs/') && !path.includes(sha256(image?.config ?? ''));
const isManifest = (path = ''): boolean => path.includes('/manifests/');

/** The fault at each request that `where` picks, at most `times` times. */
function at(where: (path: string | undefined) => boolean, fault: Fault, times = Infinity): Fault {
  let left = times;
  return (request, response, found) => {
    if (!where(request.url) || left <= 0) return false;
    left -= 1;
    return fault(request, response, found);
  };
}

const answer =
  (status: number, error: object = {}, headers: Record<string, string> = {}): Fault =>
  (_request, response) =>
    refuse(response, status, error, headers);

const cutAfter =
  (bytes: number): Fault =>
  (request, response, found) => {
    if (found) serve(request, response, found, bytes);
    return found !== undefined;
  };

const reset: Fault = (request) => {
  request.socket.resetAndDestroy();
  return true;
};

const silent: Fault = () => true;

const body =
  (type: string, bytes: string | Buffer): Fault =>
  (_request, response) => {
    response.writeHead(200, { 'Content-Type': type });
    response.end(bytes);
    return true;
  };

/** Asks for a token of a server that `realm` names. */
const challenge = (realm: string): Fault =>
  answer(401, { code: 'UNAUTHORIZED' }, { 'WWW-Authenticate': `Bearer realm="${realm}",service="test"` });

const flipped: Fault = (request, response, found) => {
  const bytes = Buffer.from(found?.bytes ?? '');
  bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
  serve(request, response, { type: 'application/octet-stream', bytes });
  return true;
};

describe('a registry fault that lasts ends in a clear error, shows nothing, and a later pull works', () => {
  const blobs = (path?: string) => isBlob(path);
  const faults: readonly (readonly [what: string, code: string, words: RegExp, fault: () => Fault])[] = [
    ['blobs cut in the middle', 'REGISTRY_BROKEN_OFF', /broke off/, () => at(blobs, cutAfter(0))],
    ['manifests cut in the middle', 'REGISTRY_BROKEN_OFF', /broke off/, () => at(isManifest, cutAfter(40))],
    ['connections reset', 'REGISTRY_BROKEN_OFF', /broke off/, () => at(isManifest, reset)],
    ['blobs that never come', 'REGISTRY_BROKEN_OFF', /nothing came/, () => at(blobs, silent)],
    [
      'a blob with other bytes',
      'IMAGE_DIGEST_MISMATCH',
      /expected sha256:.*, got sha256:/,
      () => at(blobs, flipped),
    ],
    ['a blob that is too short', 'IMAGE_SIZE_MISMATCH', /got 5/, () => at(blobs, body('x', 'short'))],
    [
      'a blob that is too long',
      'IMAGE_SIZE_MISMATCH',
      /got more/,
      () => at(blobs, body('x', randomBytes(400_000))),
    ],
    [
      '401 and no way to log in',
      'REGISTRY_UNAUTHORIZED',
      /authentication required/,
      () => at(isManifest, answer(401)),
    ],
    [
      '403',
      'IMAGE_PULL_DENIED',
      /^pull access denied for .*app/,
      () => at(isManifest, answer(403, { message: 'no' })),
    ],
    [
      '404 for the tag',
      'IMAGE_NOT_IN_REGISTRY',
      /^manifest for .*app:1 not found/,
      () => at(isManifest, answer(404)),
    ],
    ['404 for a blob', 'REGISTRY_BLOB_MISSING', /blob unknown/, () => at(blobs, answer(404))],
    ['403 for a blob', 'IMAGE_PULL_DENIED', /denied/, () => at(blobs, answer(403))],
    ['500', 'REGISTRY_FAILED', /status 500: upset/, () => at(isManifest, answer(500, { message: 'upset' }))],
    ['503 for blobs', 'REGISTRY_FAILED', /status 503/, () => at(blobs, answer(503))],
    [
      '429 with a pause of an hour',
      'REGISTRY_RATE_LIMITED',
      /^toomanyrequests/,
      () => at(isManifest, answer(429, {}, { 'Retry-After': '3600' })),
    ],
    [
      'a page in the place of a manifest',
      'REGISTRY_ANSWER_INVALID',
      /not JSON.*text\/html/,
      () => at(isManifest, body('text/html', '<html>')),
    ],
    [
      'JSON that is cut',
      'REGISTRY_ANSWER_INVALID',
      /not JSON/,
      () => at(isManifest, body('application/json', '{"schemaVersion":')),
    ],
    [
      'a manifest of an unknown kind',
      'IMAGE_MANIFEST_UNSUPPORTED',
      /prettyjws/,
      () =>
        at(
          isManifest,
          body('application/vnd.docker.distribution.manifest.v1+prettyjws', '{"schemaVersion":1}'),
        ),
    ],
    [
      'a manifest without sizes',
      'REGISTRY_ANSWER_INVALID',
      /no size/,
      () =>
        at(
          isManifest,
          body(
            'application/json',
            JSON.stringify({ schemaVersion: 2, config: { digest: `sha256:${'a'.repeat(64)}` }, layers: [] }),
          ),
        ),
    ],
    [
      'a manifest of 5 MiB',
      'REGISTRY_ANSWER_INVALID',
      /over 4 MiB/,
      () => at(isManifest, body('application/json', Buffer.alloc(5 << 20, 32))),
    ],
    [
      'redirects in a circle',
      'REGISTRY_ANSWER_INVALID',
      /redirects/,
      () => at(blobs, (request, response) => refuse(response, 307, {}, { Location: request.url ?? '' })),
    ],
    ['a redirect to nowhere', 'REGISTRY_ANSWER_INVALID', /leads nowhere/, () => at(blobs, answer(302))],
    [
      'a token server that is down',
      'REGISTRY_TOKEN_FAILED',
      /ECONNREFUSED/,
      () => at(isManifest, challenge('http://127.0.0.1:9/token')),
    ],
    [
      'a token server without tokens',
      'REGISTRY_TOKEN_FAILED',
      /holds no token/,
      () => at(isManifest, challenge(`http://${registry.host}/v2/`)),
    ],
    [
      'a token server that refuses',
      'REGISTRY_UNAUTHORIZED',
      /who are you/,
      () => (request, response) => {
        if (request.url?.startsWith('/token')) return refuse(response, 401, { message: 'who are you' });
        return (
          isManifest(request.url) && challenge(`http://${registry.host}/token`)(request, response, undefined)
        );
      },
    ],
    [
      'a digest in the header that the manifest does not have',
      'IMAGE_DIGEST_MISMATCH',
      /the manifest of/,
      () =>
        at(isManifest, (request, response, found) => {
          response.setHeader('Docker-Content-Digest', `sha256:${'0'.repeat(64)}`);
          response.writeHead(200, { 'Content-Type': found?.type ?? '' });
          response.end(found?.bytes);
          return request.method === 'GET';
        }),
    ],
  ];

  test.each(faults)('%s → %s', async (_what, code, words, fault) => {
    const image = await registry.image('app', twoLayers);
    registry.fault = fault();
    const error = await refusal(image.reference);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(words);
    expect(error.hint).toBeDefined();
    expectNothing();
    await expectGood(image);
  });

  test('a login that never suffices is asked for a few times, not for ever', async () => {
    const image = await registry.image('app', twoLayers);
    registry.fault = (request, response) => {
      if (request.url?.startsWith('/token')) {
        response.end('{"token":"t"}');
        return true;
      }
      return (
        isManifest(request.url) && challenge(`http://${registry.host}/token`)(request, response, undefined)
      );
    };
    const error = await refusal(image.reference);
    expect(error.code).toBe('REGISTRY_UNAUTHORIZED');
    expect(registry.requests.filter((line) => line.includes('/manifests/'))).toHaveLength(2);
    expectNothing();
    await expectGood(image);
  });

  test('no registry at all', async () => {
    const error = await refusal('127.0.0.1:9/app:1');
    expect(error).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      hint: expect.stringContaining('Nothing listens') as string,
    });
    expectNothing();
  });
});

describe('an image that is broken in the registry', () => {
  const tar = packed(layer('first'));
  const broken: readonly (readonly [what: string, make: () => Promise<ImageOptions>])[] = [
    [
      'truncated gzip',
      async () => ({ layers: [layer('first')], blobs: [gzipSync(await tar).subarray(0, 1000)] }),
    ],
    [
      'garbage after a gzip header',
      async () => ({
        layers: [layer('first')],
        blobs: [Buffer.concat([Buffer.from('1f8b0800', 'hex'), randomBytes(500)])],
      }),
    ],
    ['no tar', async () => ({ layers: [layer('first')], blobs: [gzipSync(randomBytes(2000))] })],
    [
      'another tar than the configuration says',
      async () => ({ layers: [layer('first')], diffIds: [`sha256:${'1'.repeat(64)}`] }),
    ],
    ['a path that leads out', async () => ({ layers: [[[own({ name: '../out' }), 'x']]] })],
  ];

  test.each(broken)('%s: IMAGE_LAYER_BROKEN, and nothing is kept of it', async (_what, make) => {
    const image = await registry.image('app', await make());
    const error = await refusal(image.reference);
    expect(error.code).toBe('IMAGE_LAYER_BROKEN');
    expectNothing();
    expect(readdirSync(`${root}/images/partial`)).not.toContain(sha256(image.layers[0] ?? ''));
    await expectGood(await registry.image('app', twoLayers));
  });

  test('a configuration with other layers than the manifest: REGISTRY_ANSWER_INVALID', async () => {
    const image = await registry.image('app', { layers: [layer('first')], diffIds: [] });
    expect((await refusal(image.reference)).message).toMatch(/has 1 layers, its configuration 0/);
    expectNothing();
  });

  test('no image for the platform: IMAGE_PLATFORM_MISSING says which there are', async () => {
    const image = await registry.image('app', twoLayers);
    registry.index('app', [
      { digest: image.digest, platform: { os: 'linux', architecture: 's390x' } },
      { digest: image.digest, platform: { os: 'unknown', architecture: 'unknown' } },
    ]);
    const error = await refusal(image.reference);
    expect(error.code).toBe('IMAGE_PLATFORM_MISSING');
    expect(error.message).toMatch(/: it has linux\/s390x$/);
    expectNothing();
  });

  test('a platform that was asked for, and is not the only one there is', async () => {
    const image = await registry.image('app', twoLayers);
    expect((await refusal(image.reference, { platform: 'linux/s390x' })).code).toBe('IMAGE_PLATFORM_MISSING');
    expectNothing();
  });
});

describe('a fault that passes is not noticed', () => {
  const passing: readonly (readonly [what: string, fault: () => Fault])[] = [
    ['a manifest cut once', () => at(isManifest, cutAfter(10), 1)],
    ['a reset connection', () => at(isManifest, reset, 1)],
    ['500, twice', () => at(isManifest, answer(500), 2)],
    ['502 for blobs', () => at(isBlob, answer(502), 2)],
    ['429 with a pause', () => at(isManifest, answer(429, {}, { 'Retry-After': '0' }), 2)],
    [
      '429 with a date',
      () => at(isManifest, answer(429, {}, { 'Retry-After': new Date().toUTCString() }), 1),
    ],
    ['a blob that stalls once', () => at(isBlob, silent, 1)],
    ['a registry that breaks off all the time, but gets on', () => at(isBlob, cutAfter(70_000))],
  ];

  test.each(passing)('%s', async (_what, fault) => {
    const image = await registry.image('app', twoLayers);
    registry.fault = fault();
    await pull(image.reference);
    await expectGood(image);
  });
});

describe('what is there already is not fetched again', () => {
  test('after a cut the rest is asked for by range', async () => {
    const image = await registry.image('app', { layers: [layer('first')] });
    registry.fault = at((path) => isBlob(path, image), cutAfter(100_000), 1);
    await pull(image.reference);
    const blobs = registry.requests.filter((line) => line.includes(sha256(image.layers[0] ?? '')));
    expect(blobs[0]).not.toContain('bytes=');
    expect(blobs[1]).toMatch(/ bytes=\d{3,}-$/);
  });

  test('the next pull, and the next engine, go on where the last one stopped', async () => {
    const image = await registry.image('app', { layers: [layer('first')] });
    registry.fault = at(
      (path) => isBlob(path, image),
      (request, response, found) => {
        const isFirst = request.headers.range === undefined;
        return isFirst ? cutAfter(150_000)(request, response, found) : reset(request, response, found);
      },
    );
    await refusal(image.reference);
    registry.requests.length = 0;
    store = new ImageStore({ root, retries });
    await store.open();
    await expectGood(image);
    const [line = ''] = registry.requests.filter((one) => one.includes(sha256(image.layers[0] ?? '')));
    expect(line).toMatch(/ bytes=\d{3,}-$/);
  });

  test('a server that knows no ranges', async () => {
    const image = await registry.image('app', { layers: [layer('first')] });
    let isFirst = true;
    registry.fault = at(
      (path) => isBlob(path, image),
      (request, response, found) => {
        if (isFirst) cutAfter(100_000)(request, response, found);
        else response.writeHead(200).end(found?.bytes);
        isFirst = false;
        return true;
      },
    );
    await pull(image.reference);
    await expectGood(image);
  });

  test('wrong bytes of an earlier try do not stand in the way', async () => {
    const image = await registry.image('app', { layers: [layer('first')] });
    const wrong: Fault = (request, response, found) => {
      if (request.headers.range !== undefined) return reset(request, response, found);
      serve(request, response, { type: 'x', bytes: Buffer.alloc(found?.bytes.length ?? 0, 7) }, 50_000);
      return true;
    };
    registry.fault = at((path) => isBlob(path, image), wrong);
    await refusal(image.reference);
    await expectGood(image);
  });

  test('layers that another image has', async () => {
    await pull((await registry.image('one', twoLayers)).reference);
    const other = await registry.image('two', { layers: [...twoLayers.layers, layer('third', 'x')] });
    registry.requests.length = 0;
    const { events } = await pull(other.reference);
    expect(registry.requests.filter((line) => line.includes('/blobs/'))).toHaveLength(2);
    expect(events.filter(({ status }) => status === 'Already exists')).toHaveLength(2);
  });

  test('two pulls at once fetch each blob once; the one that is given up does not end the other', async () => {
    const image = await registry.image('app', twoLayers);
    const gone = new AbortController();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const seen = new Promise<void>((resolve) => {
      registry.fault = at(
        (path) => isBlob(path, image),
        (request, response, found) => {
          void held.then(() => found && serve(request, response, found));
          resolve();
          return true;
        },
      );
    });
    const first = pull(image.reference, { signal: gone.signal });
    await seen;
    const second = pull(image.reference);
    await expect.poll(() => registry.requests.filter((line) => line.includes('/manifests/'))).toHaveLength(2);
    gone.abort();
    await expect(first).rejects.toMatchObject({ code: 'IMAGE_PULL_CANCELLED' });
    release();
    await second;
    const blobs = registry.requests.filter((line) => line.includes('/blobs/'));
    expect(new Set(blobs).size).toBe(blobs.length);
  });
});

test('a blob on another host is fetched without the authorization', async () => {
  const elsewhere = await TestRegistry.start();
  const image = await registry.image('app', { layers: [layer('first')] });
  elsewhere.put('/there', 'x', image.layers[0] ?? Buffer.alloc(0));
  registry.fault = (request, response, found) => {
    if (request.url?.startsWith('/token')) {
      response.end('{"access_token":"secret"}');
      return true;
    }
    if (request.headers.authorization !== 'Bearer secret' && isManifest(request.url))
      return challenge(`http://${registry.host}/token`)(request, response, found);
    if (!isBlob(request.url, image)) return false;
    return refuse(response, 307, {}, { Location: `http://${elsewhere.host}/there` });
  };
  await pull(image.reference);
  expect(elsewhere.headers.map(({ authorization }) => authorization)).toEqual([undefined]);
  expect(registry.headers.some(({ authorization }) => authorization === 'Bearer secret')).toBe(true);
  await elsewhere[Symbol.asyncDispose]();
});
