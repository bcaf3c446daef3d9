import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, truncateSync, openSync, writeSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { TarReader, type TarEntry } from '../../src/image/tar-reader.ts';
import { packed } from '../helpers/busybox-image.ts';
import { paxHeader, paxRecord, rawMember, tarOf } from './tar-members.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function* inChunks(data: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < data.length; offset += size) yield data.subarray(offset, offset + size);
}

async function readAll(data: Buffer, chunkBytes = 7): Promise<{ entry: TarEntry; data: Buffer }[]> {
  const tar = new TarReader(inChunks(data, chunkBytes));
  const found: { entry: TarEntry; data: Buffer }[] = [];
  for (let entry = await tar.next(); entry; entry = await tar.next()) {
    const parts: Buffer[] = [];
    for (let part = await tar.read(); part.length > 0; part = await tar.read()) parts.push(part);
    found.push({ entry, data: Buffer.concat(parts) });
  }
  return found;
}

describe('reading a tar', () => {
  test('gives the same entries whatever the chunks are', async () => {
    const tar = await packed([
      [{ name: 'a', mode: 0o4755, uid: 3, gid: 4, mtime: new Date(5000) }, 'hello'],
      [{ name: 'd', type: 'directory' }],
      [{ name: `${'long/'.repeat(60)}name` }, 'x'.repeat(1500)],
      [{ name: 'l', type: 'symlink', linkname: 'a' }],
    ]);
    for (const size of [1, 511, 512, 513, 100_000]) {
      const found = await readAll(tar, size);
      expect(found.map(({ entry, data }) => [entry.name, entry.type, data.length])).toEqual([
        ['a', 'file', 5],
        ['d', 'folder', 0],
        [`${'long/'.repeat(60)}name`, 'file', 1500],
        ['l', 'symlink', 0],
      ]);
      expect(found[0]?.entry).toMatchObject({ mode: 0o4755, uid: 3, gid: 4, mtimeSeconds: 5 });
    }
  });

  test('keeps attributes and names that are not UTF-8 byte by byte', async () => {
    const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
    const name = Buffer.from('caf\xe9', 'latin1');
    const pax = Buffer.concat([
      paxRecord('SCHILY.xattr.security.capability', capability),
      paxRecord('path', name),
    ]);
    const tar = tarOf(await paxHeader(pax), await rawMember({ name: 'x' }, 'data'));
    const [found] = await readAll(tar);
    expect(found?.entry.xattrs.get('security.capability')).toEqual(capability);
    expect(Buffer.from(found?.entry.name ?? '', 'latin1')).toEqual(name);
  });

  test.each([
    ['gnu'],
    ['pax --sparse-version=0.0'],
    ['pax --sparse-version=0.1'],
    ['pax --sparse-version=1.0'],
  ])('knows sparse files as GNU tar writes them: --format=%s', async (format) => {
    const folder = mkdtempSync(join(tmpdir(), 'berth-sparse-'));
    folders.push(folder);
    const path = join(folder, 'sparse');
    writeFileSync(path, 'start');
    truncateSync(path, 20 * 1024 * 1024);
    const fd = openSync(path, 'r+');
    for (let index = 1; index < 30; index += 1) writeSync(fd, `part ${index}`, index * 512 * 1024);
    closeSync(fd);
    const tar = execFileSync('tar', [
      '-C',
      folder,
      '-S',
      '-cf',
      '-',
      ...`--format=${format}`.split(' '),
      'sparse',
    ]);
    expect(tar.length).toBeLessThan(1024 * 1024);
    const [found] = await readAll(tar, 4096);
    expect(found?.entry).toMatchObject({ name: 'sparse', type: 'file', sizeBytes: 20 * 1024 * 1024 });
    const extents = found?.entry.extents ?? [];
    const parts = extents.filter(({ length }) => length > 0);
    expect(parts).toHaveLength(30);
    const second = parts[1];
    expect(second?.offset).toBe(512 * 1024);
    const start = parts[0]?.length ?? 0;
    expect(found?.data.toString('latin1', start, start + 6)).toBe('part 1');
  });

  test.each([
    ['a wrong checksum', (tar: Buffer) => tar.fill('x', 0, 4), 'wrong checksum'],
    ['an end inside of a header', (tar: Buffer) => tar.subarray(0, 300), 'middle of a header'],
    ['an end inside of a file', (tar: Buffer) => tar.subarray(0, 700), 'middle of a file'],
  ])('refuses %s', async (_, damage, message) => {
    const tar = await packed([[{ name: 'a' }, 'x'.repeat(600)]]);
    await expect(readAll(damage(tar))).rejects.toMatchObject({
      code: 'ARCHIVE_DAMAGED',
      message: expect.stringContaining(message) as string,
    });
  });

  test.each([
    ['a record length that is no number', '-8 a=bcd\n'],
    ['a record longer than the header', '999 a=b\n'],
    ['a record without a newline', '6 a=b!'],
    ['a size that is no number', '9 size=x\n'],
    ['a negative size', '11 size=-5\n'],
    ['a path with a zero byte', '12 path=a\0b\n'],
  ])('refuses a pax header with %s', async (_, text) => {
    const tar = tarOf(await paxHeader(text), await rawMember({ name: 'x' }));
    await expect(readAll(tar)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
  });

  test('refuses extra headers without end or of great size', async () => {
    const header = await paxHeader('6 a=b\n');
    const many = tarOf(...Array.from({ length: 40 }, () => header));
    await expect(readAll(many, 4096)).rejects.toMatchObject({ code: 'ARCHIVE_LIMIT' });
    const large = await paxHeader(Buffer.alloc(2 * 1024 * 1024));
    await expect(readAll(tarOf(large), 65536)).rejects.toMatchObject({ code: 'ARCHIVE_LIMIT' });
  });
});
