import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect } from 'vitest';
import { randomBytes } from 'node:crypto';
import { familiarReference, parseReference } from '../../src/image/references.ts';
import { NOBODY } from '../../src/image/registry/auth.ts';
import { parsePlatform } from '../../src/model/platforms.ts';
import { ImageStore } from '../../src/image/store.ts';
import { BerthError } from '../../src/model/errors.ts';
import type { TransferEvent } from '../../src/model/transfer.ts';
import { sha256, type TarMember } from '../helpers/busybox-image.ts';
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
export const data = randomBytes(300_000);
export const layer = (name: string, content: Buffer | string = data): TarMember[] => [
  [own({ name }), content],
];
export const twoLayers: ImageOptions = { layers: [layer('first'), layer('second', randomBytes(1000))] };

/** A registry and an empty store for each test. */
export let registry: TestRegistry;
export let root: string;
export let store: ImageStore;

/** As a new engine would. */
export async function reopen(): Promise<void> {
  store = new ImageStore({ root, retries });
  await store.open();
}

beforeEach(async () => {
  registry = await TestRegistry.start();
  root = scratch();
  store = new ImageStore({ root, retries });
  await store.open();
});

afterEach(async () => {
  await registry[Symbol.asyncDispose]();
});

export async function pull(text: string, options: { platform?: string; signal?: AbortSignal } = {}) {
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

export async function refusal(text: string, options: { platform?: string } = {}): Promise<BerthError> {
  try {
    await pull(text, options);
  } catch (error) {
    if (error instanceof BerthError) return error;
    throw error;
  }
  throw new Error('the pull went well');
}

export function expectNothing(): void {
  expect(store.list().map(({ references }) => references)).toEqual([['berth/host:latest']]);
  for (const folder of ['records', 'layers', 'l', 'staging', 'blobs/sha256']) {
    expect(readdirSync(`${root}/images/${folder}`), folder).toEqual([]);
  }
}

export async function expectGood(image: MadeImage): Promise<void> {
  registry.fault = () => false;
  const { image: record } = await pull(image.reference);
  expect(record.references).toEqual([image.reference]);
  expect(record.repoDigests).toEqual([`${image.reference.replace(/:1$/, '')}@${image.digest}`]);
  expect(store.layers(record)).toHaveLength(image.layers.length);
}

export const isBlob = (path = '', image?: MadeImage): boolean =>
  path.includes('/blobs/') && !path.includes(sha256(image?.config ?? ''));
export const isManifest = (path = ''): boolean => path.includes('/manifests/');

/** The fault at each request that `where` picks, at most `times` times. */
export function at(where: (path: string | undefined) => boolean, fault: Fault, times = Infinity): Fault {
  let left = times;
  return (request, response, found) => {
    if (!where(request.url) || left <= 0) return false;
    left -= 1;
    return fault(request, response, found);
  };
}

export const answer =
  (status: number, error: object = {}, headers: Record<string, string> = {}): Fault =>
  (_request, response) =>
    refuse(response, status, error, headers);

export const cutAfter =
  (bytes: number): Fault =>
  (request, response, found) => {
    if (found) serve(request, response, found, bytes);
    return found !== undefined;
  };

export const reset: Fault = (request) => {
  request.socket.resetAndDestroy();
  return true;
};

export const silent: Fault = () => true;

export const body =
  (type: string, bytes: string | Buffer): Fault =>
  (_request, response) => {
    response.writeHead(200, { 'Content-Type': type });
    response.end(bytes);
    return true;
  };

/** Asks for a token of a server that `realm` names. */
export const challenge = (realm: string): Fault =>
  answer(401, { code: 'UNAUTHORIZED' }, { 'WWW-Authenticate': `Bearer realm="${realm}",service="test"` });

export const flipped: Fault = (request, response, found) => {
  const bytes = Buffer.from(found?.bytes ?? '');
  bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
  serve(request, response, { type: 'application/octet-stream', bytes });
  return true;
};
