import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ImageStore } from '../../../src/image/store.ts';
import { packed, sha256, type TarMember } from '../../helpers/busybox-image.ts';
import { repository } from '../../helpers/host.ts';

const KILLS = 20;
const LAYERS = 4;
// Beside the packages, where the program finds koffi.
const program = `${repository}/node_modules/.cache/berth-load-${process.pid}.mjs`;
let folder = '';

beforeAll(async () => {
  // In memory: the moments of the kills are about the program, not about waiting for a disk.
  folder = mkdtempSync('/dev/shm/berth-image-');
  await build({
    absWorkingDir: repository,
    entryPoints: ['test/e2e/image/load-program.ts'],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['koffi', 'tar-stream'],
    logLevel: 'warning',
  });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(program, { force: true });
});

test('an engine killed at any moment of a load leaves the whole image or none, and the next load works', async () => {
  const archive = `${folder}/image.tar`;
  writeFileSync(archive, await image());
  const longest = await loadFor(`${folder}/whole`, { archive, killAfterMs: undefined });
  const outcomes = new Set<string>();
  for (let kill = 0; kill < KILLS; kill += 1) {
    const root = `${folder}/${String(kill)}`;
    // From the first moment to, at last, none: how long a load takes differs from one to the next.
    const killAfterMs = kill === KILLS - 1 ? undefined : (longest * kill) / KILLS;
    await loadFor(root, { archive, killAfterMs });
    outcomes.add(await checkStore(root, archive));
    rmSync(root, { recursive: true });
  }
  expect([...outcomes].sort()).toEqual(['nothing', 'whole']);
});

async function image(): Promise<Buffer> {
  const layers = await Promise.all(Array.from({ length: LAYERS }, (_, number) => layer(number)));
  const config = JSON.stringify({
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: layers.map((data) => `sha256:${sha256(data)}`) },
  });
  const names = layers.map((_, number) => `${String(number)}/layer.tar`);
  const manifest = [{ Config: 'config.json', RepoTags: ['app:1'], Layers: names }];
  return await packed([
    ...layers.map((data, number): TarMember => [{ name: names[number] ?? '' }, data]),
    [{ name: 'config.json' }, config],
    [{ name: 'manifest.json' }, JSON.stringify(manifest)],
  ]);
}

async function layer(number: number): Promise<Buffer> {
  const files = Array.from({ length: 100 }, (_, file): TarMember => [
    { name: `layer-${String(number)}/${String(file)}` },
    `${String(number)} ${'x'.repeat(file * 20)}`,
  ]);
  return await packed(files);
}

/** Milliseconds from the opened store to the end. */
async function loadFor(
  root: string,
  options: { archive: string; killAfterMs: number | undefined },
): Promise<number> {
  const child = spawn('node', [program, root, options.archive], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  const start = performance.now();
  const { killAfterMs } = options;
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  await ended;
  clearTimeout(timer);
  return performance.now() - start;
}

async function checkStore(root: string, archive: string): Promise<string> {
  const store = new ImageStore({ root });
  await store.open();
  const found = store.find('app:1');
  expect(store.list()).toHaveLength(found ? 2 : 1);
  expect(readdirSync(`${root}/images/staging`)).toEqual([]);
  expect(readdirSync(`${root}/images/layers`)).toHaveLength(found ? LAYERS : 0);
  expect(readdirSync(`${root}/images/blobs/sha256`)).toHaveLength(found ? LAYERS + 2 : 0);
  for await (const line of store.load(archive)) expect(line).toBe('Loaded image: app:1');
  const image = store.find('app:1');
  const paths = image ? store.layers(image) : [];
  expect(paths.map((path) => readdirSync(path))).toEqual([
    ['layer-3'],
    ['layer-2'],
    ['layer-1'],
    ['layer-0'],
  ]);
  expect(readFileSync(`${paths[0] ?? ''}/layer-3/99`, 'utf8')).toBe(`3 ${'x'.repeat(99 * 20)}`);
  return found ? 'whole' : 'nothing';
}
