import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack, type Header } from 'tar-stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeTree } from '../../src/image/tree-writer.ts';

let folder = '';
let root = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-tree-'));
  root = `${folder}/root`;
  mkdirSync(`${root}/srv`, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

async function unpack(
  members: readonly (Partial<Header> & { name: string; text?: string })[],
  keepKinds = false,
): Promise<void> {
  const tar = pack();
  for (const { text = '', ...header } of members) tar.entry({ ...header, ...owner }, text);
  tar.finalize();
  const source = tar as unknown as AsyncIterable<Uint8Array>;
  await writeTree({ source, root, folder: '/srv', keepKinds });
}

test('files, folders and links come with modes and times', async () => {
  await unpack([
    { name: 'in/', type: 'directory', mode: 0o750, mtime: new Date(5000) },
    { name: 'in/file', mode: 0o640, mtime: new Date(7000), text: 'words' },
    { name: 'in/link', type: 'symlink', linkname: 'file' },
    { name: 'no/parent/yet', text: 'made' },
  ]);
  expect(readFileSync(`${root}/srv/in/link`, 'utf8')).toBe('words');
  expect(lstatSync(`${root}/srv/in/file`)).toMatchObject({ mode: 0o100640, mtimeMs: 7000 });
  expect(lstatSync(`${root}/srv/in`)).toMatchObject({ mode: 0o40750, mtimeMs: 5000 });
  expect(readFileSync(`${root}/srv/no/parent/yet`, 'utf8')).toBe('made');
});

test('links that are there are followed inside of the tree only', async () => {
  symlinkSync('/away', `${root}/srv/link`);
  symlinkSync('../../../..', `${root}/srv/up`);
  await unpack([
    { name: 'link/x', text: '1' },
    { name: 'up/y', text: '2' },
  ]);
  expect(readFileSync(`${root}/away/x`, 'utf8')).toBe('1');
  expect(readFileSync(`${root}/y`, 'utf8')).toBe('2');
  expect(existsSync('/away')).toBe(false);
});

test('a name that leads upwards is refused', async () => {
  await expect(unpack([{ name: '../../x', text: '1' }])).rejects.toThrow('leads upwards');
});

test('a file takes the place of what was there, unless kinds are to be kept', async () => {
  mkdirSync(`${root}/srv/place`);
  await expect(unpack([{ name: 'place', text: '1' }], true)).rejects.toThrow('a folder stands there');
  await unpack([{ name: 'place', text: '1' }]);
  expect(readFileSync(`${root}/srv/place`, 'utf8')).toBe('1');
  writeFileSync(`${root}/srv/other`, '');
  await expect(unpack([{ name: 'other/', type: 'directory' }], true)).rejects.toThrow('a file stands');
});
