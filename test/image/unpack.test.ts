import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { unpackLayer } from '../../src/image/unpack.ts';
import { packed, sha256, type TarMember } from '../helpers/busybox-image.ts';
import { own, scratch } from './scratch.ts';
import { paxHeader, paxRecord, rawMember, tarOf } from './tar-members.ts';

async function unpacked(tar: Buffer): Promise<{ folder: string; diffId: string; sizeBytes: number }> {
  const folder = `${scratch()}/diff`;
  const layer = await unpackLayer(Readable.from([tar]), { into: folder });
  return { folder, ...layer };
}

const members = (...list: TarMember[]): Promise<Buffer> =>
  packed(list.map(([header, data]) => [own(header), data]));

describe('unpacking a layer', () => {
  test('keeps content, modes, times, links and pipes, and tells the digest and the size', async () => {
    const tar = await members(
      [{ name: './', type: 'directory', mode: 0o750 }],
      [{ name: './bin/', type: 'directory', mode: 0o2755, mtime: new Date(2000) }],
      [{ name: './bin/su', mode: 0o4755 }, 'program'],
      [{ name: './bin/link', type: 'symlink', linkname: '../nowhere' }],
      [{ name: './bin/hard', type: 'link', linkname: 'bin/su' }],
      [{ name: 'pipe', type: 'fifo', mode: 0o622 }],
      [{ name: 'empty' }, ''],
    );
    const { folder, diffId, sizeBytes } = await unpacked(tar);
    expect([diffId, sizeBytes]).toEqual([`sha256:${sha256(tar)}`, 7]);
    expect(statSync(folder).mode & 0o7777).toBe(0o750);
    expect(statSync(`${folder}/bin`)).toMatchObject({ mtimeMs: 2000 });
    expect(statSync(`${folder}/bin`).mode & 0o7777).toBe(0o2755);
    const file = statSync(`${folder}/bin/su`);
    expect([file.mode & 0o7777, file.nlink, file.mtimeMs]).toEqual([0o4755, 2, 1000]);
    expect(readlinkSync(`${folder}/bin/link`)).toBe('../nowhere');
    expect(lstatSync(`${folder}/bin/link`).mtimeMs).toBe(1000);
    expect(statSync(`${folder}/pipe`).isFIFO()).toBe(true);
    expect(statSync(`${folder}/pipe`).mode & 0o777).toBe(0o622);
  });

  test('the digest is that of the uncompressed tar', async () => {
    const tar = await members([{ name: 'a' }, 'x']);
    expect((await unpacked(gzipSync(tar))).diffId).toBe(`sha256:${sha256(tar)}`);
  });

  test('bytes after the end count for the digest only', async () => {
    const tar = Buffer.concat([await members([{ name: 'a' }, 'x']), Buffer.alloc(10240)]);
    expect((await unpacked(tar)).diffId).toBe(`sha256:${sha256(tar)}`);
  });

  test('a whiteout becomes a device that overlayfs knows', async () => {
    const { folder } = await unpacked(await members([{ name: 'etc/.wh.passwd' }]));
    const node = lstatSync(`${folder}/etc/passwd`);
    expect([node.isCharacterDevice(), node.rdev]).toEqual([true, 0]);
    expect(readdirSync(`${folder}/etc`)).toEqual(['passwd']);
  });

  test('a whiteout leaves alone what the layer itself has under the name', async () => {
    const { folder } = await unpacked(await members([{ name: 'a' }, 'mine'], [{ name: '.wh.a' }]));
    expect(readFileSync(`${folder}/a`, 'utf8')).toBe('mine');
  });

  test('a later file takes the place of a whiteout, a folder, or a link', async () => {
    const { folder } = await unpacked(
      await members(
        [{ name: '.wh.a' }],
        [{ name: 'a' }, '1'],
        [{ name: 'b/c' }, 'old'],
        [{ name: 'b' }, '2'],
        [{ name: 'd', type: 'symlink', linkname: 'a' }],
        [{ name: 'd' }, '3'],
        [{ name: 'b', type: 'directory' }],
        [{ name: 'b/e' }, '4'],
      ),
    );
    const content = (name: string) => readFileSync(`${folder}/${name}`, 'utf8');
    expect([content('a'), content('d'), content('b/e')]).toEqual(['1', '3', '4']);
    expect(existsSync(`${folder}/b/c`)).toBe(false);
  });

  test("aufs' own bookkeeping is left out", async () => {
    const { folder } = await unpacked(
      await members([{ name: '.wh..wh.plnk/1.2' }], [{ name: '.wh..wh.aufs' }]),
    );
    expect(readdirSync(folder).filter((name) => !name.startsWith('.wh..wh.plnk'))).toEqual([]);
  });

  test('a folder behind a link of the layer is reached inside of the layer', async () => {
    const { folder } = await unpacked(
      await members(
        [{ name: 'usr/lib', type: 'directory' }],
        [{ name: 'lib', type: 'symlink', linkname: 'usr/lib' }],
        [{ name: 'lib64', type: 'symlink', linkname: '/lib' }],
        [{ name: 'lib/a' }, '1'],
        [{ name: 'lib64/new/b' }, '2'],
      ),
    );
    expect(readFileSync(`${folder}/usr/lib/a`, 'utf8')).toBe('1');
    expect(readFileSync(`${folder}/usr/lib/new/b`, 'utf8')).toBe('2');
    expect(readlinkSync(`${folder}/lib64`)).toBe('/lib');
  });

  test('an absolute name means the root of the layer', async () => {
    const { folder } = await unpacked(await members([{ name: '/etc/x' }, '1'], [{ name: '//y' }, '2']));
    expect(readdirSync(folder)).toEqual(['etc', 'y']);
  });

  test('names of 255 bytes and paths of 3000 are kept, and names that are not UTF-8', async () => {
    const deep = `${'d'.repeat(99)}/`.repeat(30);
    const strange = paxRecord('path', Buffer.from('caf\xe9', 'latin1'));
    const { folder } = await unpacked(
      tarOf(
        await rawMember(own({ name: 'n'.repeat(255) }), '1'),
        await rawMember(own({ name: `${deep}x` }), '2'),
        await paxHeader(strange),
        await rawMember(own({ name: 'plain' }), '3'),
      ),
    );
    expect(existsSync(`${folder}/${'n'.repeat(255)}`)).toBe(true);
    expect(readFileSync(`${folder}/${deep}x`, 'utf8')).toBe('2');
    const names = readdirSync(Buffer.from(folder), { encoding: 'buffer' });
    expect(names.some((name) => name.equals(Buffer.from('caf\xe9', 'latin1')))).toBe(true);
  });
});
