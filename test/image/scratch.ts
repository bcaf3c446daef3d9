import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { TarHeader } from '../helpers/busybox-image.ts';

/** A folder that goes after the test. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'berth-image-'));
  folders.push(folder);
  return folder;
}

/** A member that needs no root to unpack: it belongs to whoever runs the test. */
export function own(header: TarHeader): TarHeader {
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, mtime: new Date(1000), ...header };
}

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
