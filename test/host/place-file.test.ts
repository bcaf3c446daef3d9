import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { placeCopy, removeCopy } from '../../src/host/place-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-place-'));
  mkdirSync(`${folder}/to`);
});
afterEach(() => rmSync(folder, { recursive: true }));

function place(from: string, to: string) {
  return placeCopy(`${folder}/${from}`, `${folder}/to/${to}`);
}

it('a copy keeps mode and time, and leaves nothing beside it', async () => {
  writeFileSync(`${folder}/a`, 'text', { mode: 0o750 });
  utimesSync(`${folder}/a`, 1000, 2000.5);
  expect(await place('a', 'x/y/a')).toBe('written');
  const { mode, mtimeMs } = lstatSync(`${folder}/to/x/y/a`);
  expect([mode & 0o7777, mtimeMs]).toEqual([0o750, 2_000_500]);
  expect(readdirSync(`${folder}/to/x/y`)).toEqual(['a']);
});

it('a copy that is there is left alone; one that differs is replaced by another file', async () => {
  writeFileSync(`${folder}/a`, 'text');
  await place('a', 'a');
  const before = lstatSync(`${folder}/to/a`).ino;
  expect(await place('a', 'a')).toBe('same');
  writeFileSync(`${folder}/a`, 'longer text');
  expect(await place('a', 'a')).toBe('written');
  expect(readFileSync(`${folder}/to/a`, 'utf8')).toBe('longer text');
  expect(lstatSync(`${folder}/to/a`).ino).not.toBe(before);
});

it('links are copied as links, in the place of whatever was there', async () => {
  symlinkSync('../elsewhere', `${folder}/link`);
  mkdirSync(`${folder}/to/link/full`, { recursive: true });
  expect(await place('link', 'link')).toBe('written');
  expect(readlinkSync(`${folder}/to/link`)).toBe('../elsewhere');
});

it('a folder takes the place of a file, and keeps what is in a folder', async () => {
  mkdirSync(`${folder}/dir`, { mode: 0o700 });
  writeFileSync(`${folder}/to/dir`, '');
  await place('dir', 'dir');
  writeFileSync(`${folder}/to/dir/own`, '');
  expect(await place('dir', 'dir')).toBe('same');
  expect(readdirSync(`${folder}/to/dir`)).toEqual(['own']);
});

it('what is gone goes; a folder only when nothing is left in it', async () => {
  writeFileSync(`${folder}/to/a`, '');
  expect(await place('a', 'a')).toBe('removed');
  expect(await place('a', 'a')).toBe('absent');
  mkdirSync(`${folder}/to/dir/own`, { recursive: true });
  expect(removeCopy(`${folder}/to/dir`)).toBe('absent');
  expect(removeCopy(`${folder}/to/dir/own`)).toBe('removed');
  expect(readdirSync(`${folder}/to`)).toEqual(['dir']);
});
