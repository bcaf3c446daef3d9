import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { packed, sha256 } from '../helpers/busybox-image.ts';
import { refuse, type Fault, type ImageOptions } from '../helpers/registry.ts';
import {
  answer,
  at,
  body,
  challenge,
  cutAfter,
  expectGood,
  expectNothing,
  flipped,
  isBlob,
  isManifest,
  layer,
  refusal,
  registry,
  reset,
  root,
  silent,
  twoLayers,
} from './pulls.ts';
import { own } from './scratch.ts';

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
