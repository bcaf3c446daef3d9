import { gzipSync } from 'node:zlib';
import { packed, type TarMember } from '../helpers/busybox-image.ts';
import { own } from './scratch.ts';
import { paxHeader, paxRecord, rawMember, tarOf } from './tar-members.ts';

export const members = (...list: TarMember[]): Promise<Buffer> =>
  packed(list.map(([header, data]) => [own(header), data]));

/** A layer by what it tries → the code and words of its refusal. */
export const LAYERS: readonly [title: string, layer: () => Promise<Buffer>, code: string, words: string][] = [
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
