import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder, readJson, readText, removeTree, writeFileAtomic } from '../../src/host/files.ts';
import { tryLock, waitForLock } from '../../src/host/locks.ts';
import { isMountPoint } from '../../src/host/mounts.ts';
import {
  createNetworkNamespace,
  deleteNetworkNamespace,
  inNetworkNamespace,
} from '../../src/host/namespaces.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(`${tmpdir()}/berth-files-`);
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('files', () => {
  it('are replaced as a whole, with their mode, and nothing stays beside them', async () => {
    const path = `${folder}/state.json`;
    await writeFileAtomic(path, '{"a":1}', { mode: 0o600, durable: true });
    await writeFileAtomic(path, '{"a":2}', { mode: 0o640 });
    expect(readJson(path)).toEqual({ a: 2 });
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  it('leave nothing when they cannot be written', async () => {
    await makeFolder(`${folder}/taken/inner`);
    await expect(writeFileAtomic(`${folder}/taken`, 'x')).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['taken']);
  });

  it('that are absent read as undefined', () => {
    expect(readJson(`${folder}/none`)).toBeUndefined();
    expect(readText(`${folder}/none`)).toBeUndefined();
  });

  it('that are damaged say so', async () => {
    await writeFile(`${folder}/bad.json`, '{');
    expect(() => readJson(`${folder}/bad.json`)).toThrow('bad.json is not valid JSON');
    await writeFile(`${folder}/other.json`, '1');
    const isText = (value: unknown): value is string => typeof value === 'string';
    expect(() => readJson(`${folder}/other.json`, isText)).toThrow('does not hold what it should');
  });

  it('and folders go, absent ones too', async () => {
    await makeFolder(`${folder}/a/b`);
    await removeTree(`${folder}/a`);
    await removeTree(`${folder}/a`);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('locks', () => {
  it('are held by one at a time', () => {
    const lock = tryLock(`${folder}/lock`);
    expect(lock).toBeDefined();
    expect(tryLock(`${folder}/lock`)).toBeUndefined();
    lock?.release();
    lock?.release();
    const next = tryLock(`${folder}/lock`);
    expect(next).toBeDefined();
    next?.release();
  });

  it('can be waited for', async () => {
    const first = tryLock(`${folder}/lock`);
    const order: string[] = [];
    const second = waitForLock(`${folder}/lock`).then((lock) => {
      order.push('taken');
      lock.release();
    });
    order.push('released');
    first?.release();
    await second;
    expect(order).toEqual(['released', 'taken']);
  });
});

describe('mount points and namespaces', () => {
  it('know the root of a mount from a folder', async () => {
    expect(isMountPoint('/proc')).toBe(true);
    expect(isMountPoint(folder)).toBe(false);
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toBe('');
  });

  it('say when a namespace is missing', () => {
    expect(() => inNetworkNamespace(`${folder}/none`, () => 1)).toThrow('does not exist');
  });

  it('are deleted without complaint when absent', () => {
    expect(() => deleteNetworkNamespace(`${folder}/none`)).not.toThrow();
  });

  it('cannot be made where no folder can be', async () => {
    await writeFile(`${folder}/file`, '');
    expect(() => createNetworkNamespace(`${folder}/file/netns`)).toThrow();
  });
});
