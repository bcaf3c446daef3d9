import { existsSync, readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { ImageStore } from '../../src/image/store.ts';
import { packed, sha256, type TarMember } from '../helpers/busybox-image.ts';
import { scratch } from './scratch.ts';
import { LAYERS, members } from './hostile-layers.ts';

const LIMITS = { entries: 50, bytes: 2 * 1024 * 1024 };

interface ArchiveParts {
  readonly layer?: Buffer;
  readonly diffId?: string;
  readonly configText?: string;
  readonly configName?: string;
  readonly manifest?: unknown;
  readonly extra?: readonly TarMember[];
}

async function savedArchive(parts: ArchiveParts): Promise<Buffer> {
  const layer = parts.layer ?? (await members([{ name: 'a' }, 'x']));
  const diffId = parts.diffId ?? `sha256:${sha256(layer)}`;
  const config =
    parts.configText ?? JSON.stringify({ os: 'linux', rootfs: { type: 'layers', diff_ids: [diffId] } });
  const configName = parts.configName ?? `${sha256(config)}.json`;
  const manifest = parts.manifest ?? [{ Config: configName, RepoTags: ['evil:1'], Layers: ['l/layer.tar'] }];
  return await packed([
    [{ name: configName }, config],
    [{ name: 'l/layer.tar' }, layer],
    [{ name: 'manifest.json' }, JSON.stringify(manifest)],
    ...(parts.extra ?? []),
  ]);
}

const ARCHIVES: readonly [title: string, archive: () => Promise<Buffer>, code: string, words: string][] = [
  ['an empty archive', () => packed([]), 'ARCHIVE_UNKNOWN', 'neither a docker save archive'],
  ['no archive at all', async () => Buffer.from('hello '.repeat(200)), 'ARCHIVE_DAMAGED', 'checksum'],
  [
    'a layer that has another digest',
    () => savedArchive({ diffId: `sha256:${'0'.repeat(64)}` }),
    'ARCHIVE_DIGEST_MISMATCH',
    'a layer does not have',
  ],
  [
    'a configuration that has another digest',
    () => savedArchive({ configName: `${'0'.repeat(64)}.json` }),
    'ARCHIVE_DIGEST_MISMATCH',
    'expected sha256:0000',
  ],
  [
    'a configuration that is no JSON',
    () => savedArchive({ configText: '{' }),
    'ARCHIVE_DOCUMENT_INVALID',
    'not valid',
  ],
  [
    'a configuration of wrong types',
    () => savedArchive({ configText: '{"config":{"Env":"x"}}' }),
    'ARCHIVE_DOCUMENT_INVALID',
    '"Env" is not a list',
  ],
  [
    'a digest that is a path',
    () => savedArchive({ configText: '{"rootfs":{"diff_ids":["sha256:../../x"]}}' }),
    'ARCHIVE_DOCUMENT_INVALID',
    'not a sha256 digest',
  ],
  [
    'fewer layers than promised',
    () => savedArchive({ configText: '{"rootfs":{"diff_ids":[]}}' }),
    'ARCHIVE_DOCUMENT_INVALID',
    '0 layers',
  ],
  [
    'a manifest that is no list',
    () => savedArchive({ manifest: {} }),
    'ARCHIVE_DOCUMENT_INVALID',
    'manifest.json',
  ],
  [
    'a layer that is not there',
    () => savedArchive({ manifest: [{ Config: 'c', RepoTags: [], Layers: ['nope'] }] }),
    'ARCHIVE_INCOMPLETE',
    '"nope"',
  ],
  [
    'a layer outside of the archive',
    () => savedArchive({ manifest: [{ Config: 'c', Layers: ['/etc/passwd'] }] }),
    'ARCHIVE_INCOMPLETE',
    'passwd',
  ],
  [
    'a name that is none',
    async () =>
      savedArchive({
        manifest: [{ Config: 'x', RepoTags: ['Evil:1'], Layers: [] }],
        extra: [[{ name: 'x' }, '{}']],
      }),
    'REFERENCE_INVALID',
    'lower case',
  ],
  [
    'the name of the machine itself',
    async () =>
      savedArchive({
        manifest: [{ Config: 'x', RepoTags: ['berth/host:latest'], Layers: [] }],
        extra: [[{ name: 'x' }, '{}']],
      }),
    'IMAGE_HOST_FIXED',
    'cannot be replaced',
  ],
  [
    'a device',
    () => savedArchive({ extra: [[{ name: 'sda', type: 'block-device' }]] }),
    'LAYER_ENTRY_INVALID',
    'no place',
  ],
  [
    'links in a circle',
    () =>
      savedArchive({
        manifest: [{ Config: 'p', Layers: ['p'] }],
        extra: [
          [{ name: 'p', type: 'symlink', linkname: 'q' }],
          [{ name: 'q', type: 'symlink', linkname: 'p' }],
        ],
      }),
    'ARCHIVE_INCOMPLETE',
    '"p"',
  ],
  [
    'an OCI blob that has another digest',
    async () =>
      packed([
        [{ name: 'index.json' }, JSON.stringify({ manifests: [{ digest: `sha256:${'0'.repeat(64)}` }] })],
        [{ name: `blobs/sha256/${'0'.repeat(64)}` }, '{}'],
      ]),
    'ARCHIVE_DIGEST_MISMATCH',
    'expected sha256:0000',
  ],
  [
    'an OCI digest that is a path',
    async () =>
      packed([
        [{ name: 'index.json' }, JSON.stringify({ manifests: [{ digest: 'sha256:../../../etc/passwd' }] })],
      ]),
    'ARCHIVE_DOCUMENT_INVALID',
    'not a sha256 digest',
  ],
  [
    'an image for other machines',
    async () =>
      packed([
        [
          { name: 'index.json' },
          JSON.stringify({
            manifests: [
              { digest: `sha256:${'0'.repeat(64)}`, platform: { os: 'plan9', architecture: 'vax' } },
            ],
          }),
        ],
      ]),
    'ARCHIVE_PLATFORM',
    'only for plan9/vax',
  ],
];

async function storeIn(root: string): Promise<ImageStore> {
  const store = new ImageStore({ root, limits: LIMITS });
  await store.open();
  return store;
}

async function loadAll(store: ImageStore, archive: Buffer): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of store.load(Readable.from([archive]))) lines.push(line);
  return lines;
}

async function expectRefusal(archive: Buffer, code: string, words: string): Promise<void> {
  const root = scratch();
  const store = await storeIn(root);
  const failure = await loadAll(store, archive).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code, message: expect.stringContaining(words) as string });
  expect(store.list().map(({ references }) => references)).toEqual([['berth/host:latest']]);
  for (const folder of ['blobs/sha256', 'layers', 'staging', 'records', 'l']) {
    expect([folder, readdirSync(`${root}/images/${folder}`)]).toEqual([folder, []]);
  }
  expect(readdirSync(root)).toEqual(['images']);
  expect(existsSync('/tmp/evil')).toBe(false);
  const sound = await savedArchive({});
  expect(await loadAll(store, sound)).toEqual(['Loaded image: evil:1']);
}

describe('a hostile layer is refused clearly, leaves nothing, and the next load works', () => {
  test.each(LAYERS)('%s', async (_, layer, code, words) => {
    const content = await layer();
    await expectRefusal(await savedArchive({ layer: content }), code, words);
  });
});

describe('a hostile archive is refused clearly, leaves nothing, and the next load works', () => {
  test.each(ARCHIVES)('%s', async (_, archive, code, words) => {
    await expectRefusal(await archive(), code, words);
  });
});
