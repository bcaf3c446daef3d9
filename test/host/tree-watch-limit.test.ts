import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { openTree } from '../../src/host/open-tree.ts';
import { TreeWatch } from '../../src/host/tree-watch.ts';

let refusal = '';

vi.mock('node:fs', async (original) => ({
  ...(await original<typeof fs>()),
  watch: () => {
    throw Object.assign(new Error(refusal), { code: refusal });
  },
}));

function begin(unreadable: string[] = []): TreeWatch {
  return new TreeWatch({
    roots: ['/usr/share'],
    wants: () => true,
    onChange: () => undefined,
    onUnreadable: (folder) => unreadable.push(folder),
  });
}

it.each([
  ['ENOSPC', 'fs.inotify.max_user_watches'],
  ['EMFILE', 'fs.inotify.max_user_instances'],
])('a limit of the kernel (%s) is told with the setting that raises it', (code, setting) => {
  refusal = code;
  expect(() => begin()).toThrow(
    expect.objectContaining({
      code: 'WATCH_LIMIT',
      hint: expect.stringContaining(`sysctl ${setting}=`) as string,
    }),
  );
});

it('a folder that can not be read is told, and nothing else ends', () => {
  refusal = 'EACCES';
  const unreadable: string[] = [];
  begin(unreadable).close();
  expect(unreadable).toEqual(['/usr']);
});

it('where the kernel has no watches left, the files are looked at again and again', async () => {
  refusal = 'ENOSPC';
  const folder = mkdtempSync(join(tmpdir(), 'berth-polled-'));
  mkdirSync(`${folder}/left-out`);
  writeFileSync(`${folder}/a`, 'one');
  const told: string[] = [];
  const changed: string[] = [];
  const tree = await openTree({
    roots: [folder],
    wants: (path) => !path.endsWith('left-out'),
    onChange: (path) => changed.push(path),
    onUnreadable: () => undefined,
    onLimit: ({ code }) => told.push(code),
  });
  try {
    expect(told).toEqual(['WATCH_LIMIT']);
    expect(tree.filesBelow(folder)).toEqual([`${folder}/a`]);
    writeFileSync(`${folder}/left-out/b`, 'two');
    writeFileSync(`${folder}/c`, 'three');
    await vi.waitFor(() => expect(changed).toContain(`${folder}/c`), { timeout: 20_000 });
    rmSync(`${folder}/a`);
    await vi.waitFor(() => expect(changed).toContain(`${folder}/a`), { timeout: 20_000 });
    expect(tree.filesBelow(folder)).toEqual([`${folder}/c`]);
    expect(changed.filter((path) => path.includes('left-out/'))).toEqual([]);
  } finally {
    tree.close();
    rmSync(folder, { recursive: true });
  }
}, 60_000);
