import type * as fs from 'node:fs';
import { expect, it, vi } from 'vitest';
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
