import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../helpers/busybox-image.ts';
import { ownArchitecture, refuse, serve, TestRegistry, type Fault } from '../helpers/registry.ts';
import {
  answer,
  at,
  challenge,
  cutAfter,
  expectGood,
  isBlob,
  isManifest,
  layer,
  pull,
  refusal,
  registry,
  reopen,
  reset,
  silent,
  store,
  twoLayers,
} from './pulls.ts';

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
    await reopen();
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

test('a tag that has not moved is asked about, and nothing else; one that has is fetched', async () => {
  const image = await registry.image('app', twoLayers);
  const first = await pull(image.reference);
  registry.requests.length = 0;
  const again = await pull(image.reference);
  expect(registry.requests.filter((line) => line.includes('/manifests/'))).toEqual([
    'HEAD /v2/app/manifests/1',
  ]);
  expect(again).toMatchObject({ isNew: false, digest: first.digest, image: { id: first.image.id } });
  expect(again.image.lastTagTime).not.toBe(first.image.lastTagTime);
  const moved = await registry.image('app', { layers: [layer('other')] });
  expect((await pull(image.reference)).image.id).toBe(`sha256:${sha256(moved.config)}`);
});

test('an image of another platform is no answer, though its list is the same', async () => {
  const other = ownArchitecture === 'arm64' ? 'amd64' : 'arm64';
  const of = (architecture: string) => registry.image('app', { layers: [layer(architecture)], architecture });
  const [own, foreign] = [await of(ownArchitecture), await of(other)];
  registry.index('app', [
    { digest: own.digest, platform: { os: 'linux', architecture: ownArchitecture } },
    { digest: foreign.digest, platform: { os: 'linux', architecture: other } },
  ]);
  const idOf = async (platform?: string) =>
    (await pull(own.reference, platform === undefined ? {} : { platform })).image.id;
  expect(await idOf()).toBe(`sha256:${sha256(own.config)}`);
  expect(await idOf(`linux/${other}`)).toBe(`sha256:${sha256(foreign.config)}`);
  expect(await idOf()).toBe(`sha256:${sha256(own.config)}`);
});

test('layers may be zstd, or not compressed at all', async () => {
  const zstd = (tar: Buffer) => spawnSync('zstd', ['-cq'], { input: tar, maxBuffer: 1 << 24 }).stdout;
  for (const [name, compress] of [
    ['zstd', zstd],
    ['plain', (tar: Buffer) => tar],
  ] as const) {
    await expectGood(await registry.image(name, { layers: [layer(name)], compress }));
  }
});

test('the variant of a platform that fits best is taken', async () => {
  const of = (version: string) => registry.image('app', { layers: [layer(version)], architecture: 'arm' });
  const [v6, v7] = [await of('v6'), await of('v7')];
  const arm = { os: 'linux', architecture: 'arm' };
  registry.index('app', [
    { digest: v6.digest, platform: { ...arm, variant: 'v6' } },
    { digest: v7.digest, platform: { ...arm, variant: 'v7' } },
  ]);
  const idOf = async (platform: string) => (await pull(v6.reference, { platform })).image.id;
  expect(await idOf('linux/arm/v7')).toBe(`sha256:${sha256(v7.config)}`);
  expect(await idOf('linux/arm/v6')).toBe(`sha256:${sha256(v6.config)}`);
  expect(await idOf('linux/arm/v8')).toBe(`sha256:${sha256(v7.config)}`);
});

test('what a broken-off pull has left goes with a prune', async () => {
  const image = await registry.image('app', { layers: [layer('first')] });
  registry.fault = at((path) => isBlob(path, image), cutAfter(0));
  await refusal(image.reference);
  expect(await store.forgetPartial()).toBeGreaterThan(0);
  expect(await store.forgetPartial()).toBe(0);
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
