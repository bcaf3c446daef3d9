import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TreeWatch } from '../../src/host/tree-watch.ts';

let folder: string;
let changed: Set<string>;
let watch: TreeWatch | undefined;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'berth-tree-')));
  changed = new Set();
});

afterEach(() => {
  watch?.close();
  rmSync(folder, { recursive: true });
});

function begin(roots: readonly string[], wants: (path: string) => boolean = () => true): TreeWatch {
  watch = new TreeWatch({
    roots: roots.map((root) => `${folder}/${root}`),
    wants,
    onChange: (path) => changed.add(path.slice(folder.length + 1)),
    onUnreadable: () => undefined,
  });
  return watch;
}

function write(path: string, text = 'x'): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}

async function sees(...paths: string[]): Promise<void> {
  await vi.waitFor(() => expect([...changed]).toEqual(expect.arrayContaining(paths)), { timeout: 5000 });
}

describe('a watched tree', () => {
  it('tells of files made, changed and removed, at any depth', async () => {
    write('src/a/old.ts');
    begin(['src']);
    write('src/a/old.ts', 'new');
    write('src/new.ts');
    await sees('src/a/old.ts', 'src/new.ts');
    changed.clear();
    rmSync(`${folder}/src/a/old.ts`);
    await sees('src/a/old.ts');
  });

  it('takes in folders that appear with files in them, and goes on watching there', async () => {
    write('src/a');
    begin(['src']);
    write('src/deep/er/b.ts');
    await sees('src/deep/er/b.ts');
    changed.clear();
    write('src/deep/er/c.ts');
    await sees('src/deep/er/c.ts');
  });

  it('tells of each file of a folder that is renamed, under both names', async () => {
    write('src/one/x/a.ts');
    begin(['src']);
    renameSync(`${folder}/src/one`, `${folder}/src/two`);
    await sees('src/one/x/a.ts', 'src/one', 'src/two/x/a.ts');
    changed.clear();
    write('src/two/x/a.ts', 'again');
    await sees('src/two/x/a.ts');
    expect(changed).not.toContain('src/one/x/a.ts');
  });

  it('waits for a root that is not there, and sees one return', async () => {
    begin(['later/src']);
    write('later/src/a.ts');
    await sees('later/src/a.ts');
    rmSync(`${folder}/later`, { recursive: true });
    await sees('later/src');
    changed.clear();
    write('later/src/b.ts');
    await sees('later/src/b.ts');
  });

  it('does not look into folders that are not wanted', async () => {
    write('src/node_modules/a/index.js');
    write('src/a.ts');
    const tree = begin(['src'], (path) => !path.endsWith('node_modules'));
    expect(tree.filesBelow(`${folder}/src`)).toEqual([`${folder}/src/a.ts`]);
    write('src/node_modules/a/index.js', 'changed');
    write('src/a.ts', 'changed');
    await sees('src/a.ts');
    expect(changed).toEqual(new Set(['src/a.ts']));
  });

  it('misses nothing when the kernel has lost events in a burst', async () => {
    write('src/gone');
    begin(['src']);
    const files = ['a', 'b'].map((name) => openSync(`${folder}/src/${name}`, 'w'));
    for (let count = 0; count < 20_000; count += 1) writeSync(files[count % 2] ?? 0, 'x');
    files.forEach((file) => closeSync(file));
    rmSync(`${folder}/src/gone`);
    write('src/last');
    await sees('src/a', 'src/b', 'src/gone', 'src/last');
  });
});
