import { existsSync, readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ImageStore } from '../../src/image/store.ts';
import { packed, sha256, type TarMember } from '../helpers/busybox-image.ts';
import { own, scratch } from './scratch.ts';
import { paxHeader, paxRecord, rawMember, tarOf } from './tar-members.ts';

const members = (...list: TarMember[]): Promise<Buffer> =>
  packed(list.map(([header, data]) => [own(header), data]));

/** A layer by what it tries → the code and words of its refusal. */
const LAYERS: readonly [title: string, layer: () => Promise<Buffer>, code: string, words: string][] = [
  [
    'a name with ".."',
    () => members([{ name: '../../evil' }, 'x']),
    'LAYER_PATH_ESCAPES',
    '".." in its path',
  ],
  [
    '".." in the middle of a name',
    () => members([{ name: 'a/../../evil' }, 'x']),
    'LAYER_PATH_ESCAPES',
    '".."',
  ],
  [
    'a pax name with ".."',
    async () =>
      tarOf(await paxHeader(paxRecord('path', '../evil')), await rawMember(own({ name: 'a' }), 'x')),
    'LAYER_PATH_ESCAPES',
    '".."',
  ],
  [
    'a GNU long name with ".."',
    async () =>
      tarOf(
        await rawMember({ name: 'L' }, '../evil\0', { type: 'L' }),
        await rawMember(own({ name: 'a' }), 'x'),
      ),
    'LAYER_PATH_ESCAPES',
    '".."',
  ],
  [
    'a file behind a link to an absolute folder',
    () => members([{ name: 'up', type: 'symlink', linkname: '/tmp' }], [{ name: 'up/evil' }, 'x']),
    'LAYER_PATH_ESCAPES',
    'no folder of this layer',
  ],
  [
    'a file behind a link that leads up',
    () => members([{ name: 'up', type: 'symlink', linkname: '../..' }], [{ name: 'up/evil' }, 'x']),
    'LAYER_PATH_ESCAPES',
    'out of the layer',
  ],
  [
    'a file behind a chain of links that leads up',
    () =>
      members(
        [{ name: 'd', type: 'directory' }],
        [{ name: 'd/a', type: 'symlink', linkname: '..' }],
        [{ name: 'b', type: 'symlink', linkname: 'd/a/..' }],
        [{ name: 'b/evil' }, 'x'],
      ),
    'LAYER_PATH_ESCAPES',
    'out of the layer',
  ],
  [
    'a folder that a link has replaced',
    () =>
      members(
        [{ name: 'd', type: 'directory' }],
        [{ name: 'd/x' }, '1'],
        [{ name: 'd', type: 'symlink', linkname: '/etc' }],
        [{ name: 'd/evil' }, 'x'],
      ),
    'LAYER_PATH_ESCAPES',
    'no folder of this layer',
  ],
  [
    'a file behind links in a circle',
    () =>
      members(
        [{ name: 'a', type: 'symlink', linkname: 'b' }],
        [{ name: 'b', type: 'symlink', linkname: 'a' }],
        [{ name: 'a/evil' }, 'x'],
      ),
    'LAYER_PATH_ESCAPES',
    'too many links',
  ],
  [
    'a hard link to a file of the machine',
    () => members([{ name: 'a', type: 'link', linkname: '/etc/passwd' }]),
    'LAYER_PATH_ESCAPES',
    'etc',
  ],
  [
    'a hard link with ".."',
    () => members([{ name: 'a', type: 'link', linkname: '../../../etc/passwd' }]),
    'LAYER_PATH_ESCAPES',
    '".."',
  ],
  [
    'a hard link behind a link out',
    () =>
      members(
        [{ name: 'e', type: 'symlink', linkname: '/etc' }],
        [{ name: 'a', type: 'link', linkname: 'e/passwd' }],
      ),
    'LAYER_PATH_ESCAPES',
    'no folder of this layer',
  ],
  [
    'a hard link to a folder',
    () => members([{ name: 'd', type: 'directory' }], [{ name: 'a', type: 'link', linkname: 'd' }]),
    'LAYER_ENTRY_INVALID',
    'hard link to a folder',
  ],
  [
    'a hard link to itself',
    () => members([{ name: 'a', type: 'link', linkname: 'a' }]),
    'LAYER_ENTRY_INVALID',
    'itself',
  ],
  ['a whiteout of ".."', () => members([{ name: '.wh...' }]), 'LAYER_PATH_ESCAPES', 'whiteout'],
  ['a whiteout of nothing', () => members([{ name: 'd/.wh.' }]), 'LAYER_PATH_ESCAPES', 'whiteout'],
  [
    'a whiteout behind a link out',
    () => members([{ name: 'e', type: 'symlink', linkname: '/etc' }], [{ name: 'e/.wh.passwd' }]),
    'LAYER_PATH_ESCAPES',
    'no folder of this layer',
  ],
  [
    'a file in place of the root',
    () => members([{ name: '/', type: 'symlink', linkname: '/etc' }]),
    'LAYER_ENTRY_INVALID',
    'root folder',
  ],
  [
    'a file below a file',
    () => members([{ name: 'a' }, 'x'], [{ name: 'a/b' }, 'y']),
    'LAYER_ENTRY_INVALID',
    'not a folder',
  ],
  [
    'a kind of entry that nobody knows',
    async () => tarOf(await rawMember(own({ name: 'a' }), '', { type: 'V' })),
    'LAYER_ENTRY_INVALID',
    'unknown kind',
  ],
  [
    'an owner beyond 32 bits',
    async () => tarOf(await paxHeader(paxRecord('uid', '99999999999')), await rawMember(own({ name: 'a' }))),
    'LAYER_ENTRY_INVALID',
    'owner',
  ],
  [
    'a name of more than 255 bytes',
    () => members([{ name: 'n'.repeat(300) }, 'x']),
    'LAYER_WRITE_FAILED',
    'ENAMETOOLONG',
  ],
  [
    'a path of 5000 bytes',
    () => members([{ name: `${'d'.repeat(99)}/`.repeat(50) }, '']),
    'LAYER_ENTRY_INVALID',
    'path of over',
  ],
  [
    'more entries than the limit',
    () => members(...Array.from({ length: 60 }, (_, index): TarMember => [{ name: `f${index}` }])),
    'ARCHIVE_LIMIT',
    'over 50 entries',
  ],
  [
    'more bytes than the limit in a few kilobytes',
    async () => gzipSync(await members([{ name: 'zeros' }, Buffer.alloc(3 * 1024 * 1024)])),
    'ARCHIVE_LIMIT',
    'unpacks to over',
  ],
  [
    'a sparse file of an exabyte',
    async () => {
      const records = [
        paxRecord('GNU.sparse.major', '0'),
        paxRecord('GNU.sparse.size', '1152921504606'),
        paxRecord('GNU.sparse.map', '0,1'),
      ];
      return tarOf(await paxHeader(Buffer.concat(records)), await rawMember(own({ name: 'a' }), 'x'));
    },
    'ARCHIVE_LIMIT',
    'unpacks to over',
  ],
  [
    'a sparse map that leaves its file',
    async () => {
      const records = [paxRecord('GNU.sparse.size', '10'), paxRecord('GNU.sparse.map', '5,100')];
      return tarOf(await paxHeader(Buffer.concat(records)), await rawMember(own({ name: 'a' }), 'x'));
    },
    'ARCHIVE_DAMAGED',
    'sparse map',
  ],
  [
    'gzip data cut in the middle',
    async () => gzipSync(await members([{ name: 'a' }, 'x'.repeat(100_000)])).subarray(0, 150),
    'ARCHIVE_DAMAGED',
    'gzip data',
  ],
  [
    'a tar cut in the middle',
    async () => (await members([{ name: 'a' }, 'x'.repeat(100_000)])).subarray(0, 50_000),
    'ARCHIVE_DAMAGED',
    'middle of a file',
  ],
];

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
