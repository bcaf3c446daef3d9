import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { ArchiveSource } from '../../src/image/archive-source.ts';
import { ImageStore } from '../../src/image/store.ts';
import { packed, sha256, type TarMember } from '../helpers/busybox-image.ts';
import { own, scratch } from './scratch.ts';

const members = (...list: TarMember[]): Promise<Buffer> =>
  packed(list.map(([header, data]) => [own(header), data]));

interface TestImage {
  readonly name?: string;
  readonly layers: readonly Buffer[];
  readonly env?: readonly string[];
}

function configText({ layers, env = [] }: TestImage): string {
  const diffIds = layers.map((layer) => `sha256:${sha256(layer)}`);
  return JSON.stringify({
    created: '2024-01-01T00:00:00Z',
    architecture: 'amd64',
    os: 'linux',
    config: {
      Env: env,
      Cmd: ['run'],
      ExposedPorts: { '80/tcp': {} },
      Healthcheck: { Test: ['CMD', 'x'], Retries: 3 },
    },
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: [{ created_by: 'COPY' }, { created_by: 'CMD', empty_layer: true }],
  });
}

/** As older `docker save` writes it: a folder a layer, shared layers as links. */
async function savedArchive(...images: TestImage[]): Promise<Buffer> {
  const seen = new Map<string, string>();
  const list: TarMember[] = [];
  const manifest = images.map((image, number) => {
    const config = configText(image);
    const configName = `${sha256(config)}.json`;
    list.push([{ name: configName }, config]);
    const layers = image.layers.map((layer, index) => {
      const name = `${String(number)}-${String(index)}/layer.tar`;
      const before = seen.get(sha256(layer));
      if (before === undefined) list.push([{ name }, layer]);
      else list.push([{ name, type: 'symlink', linkname: `../${before}` }]);
      seen.set(sha256(layer), before ?? name);
      return name;
    });
    return { Config: configName, RepoTags: image.name === undefined ? null : [image.name], Layers: layers };
  });
  return await packed([...list, [{ name: 'manifest.json' }, JSON.stringify(manifest)]]);
}

/** An OCI image layout: name in archive → content. */
function layoutFiles(
  image: TestImage,
  options: { refName?: string; nested?: boolean } = {},
): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const add = (mediaType: string, content: Buffer) => {
    files.set(`blobs/sha256/${sha256(content)}`, content);
    return { mediaType, digest: `sha256:${sha256(content)}`, size: content.length };
  };
  const layers = image.layers.map((layer) =>
    add('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(layer)),
  );
  const config = add('application/vnd.oci.image.config.v1+json', Buffer.from(configText(image)));
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, config, layers }));
  const annotations = { 'org.opencontainers.image.ref.name': options.refName ?? image.name };
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const own = {
    ...add('application/vnd.oci.image.manifest.v1+json', manifest),
    platform: { os: 'linux', architecture },
  };
  const other = {
    ...own,
    digest: `sha256:${'0'.repeat(64)}`,
    platform: { os: 'linux', architecture: 'other' },
  };
  const inner = Buffer.from(JSON.stringify({ manifests: [other, own] }));
  const entry = options.nested ? add('application/vnd.oci.image.index.v1+json', inner) : own;
  files.set('index.json', Buffer.from(JSON.stringify({ manifests: [{ ...entry, annotations }] })));
  return files;
}

async function openStore(root = scratch()): Promise<{ store: ImageStore; root: string }> {
  const store = new ImageStore({ root });
  await store.open();
  return { store, root };
}

async function load(store: ImageStore, archive: ArchiveSource | Buffer): Promise<string[]> {
  const lines: string[] = [];
  const source = Buffer.isBuffer(archive) ? Readable.from([archive]) : archive;
  for await (const line of store.load(source)) lines.push(line);
  return lines;
}

const unused = { force: false, inUse: () => [] };
const layerA = members([{ name: 'a' }, 'first']);
const layerB = members([{ name: 'b' }, 'second'], [{ name: '.wh.a' }]);

describe('the image store', () => {
  test('always has berth/host, under the same id, and lets nobody change it', async () => {
    const [{ store }, { store: other }] = [await openStore(), await openStore()];
    const host = store.find('berth/host');
    expect(host).toMatchObject({ hostRootfs: true, references: ['berth/host:latest'] });
    expect(host && store.layers(host)).toEqual(['/']);
    expect(other.find(host?.id ?? '')?.id).toBe(host?.id);
    await expect(store.remove('berth/host', unused)).rejects.toMatchObject({ code: 'IMAGE_HOST_FIXED' });
    await expect(store.tag('berth/host', 'x')).rejects.toMatchObject({ code: 'IMAGE_HOST_FIXED' });
  });

  test('loads a docker save archive, and finds it by name, id and the start of its id', async () => {
    const { store } = await openStore();
    const archive = await savedArchive({ name: 'app:1', layers: [await layerA, await layerB], env: ['A=1'] });
    expect(await load(store, archive)).toEqual(['Loaded image: app:1']);
    const image = store.find('app:1');
    expect(image).toMatchObject({
      references: ['app:1'],
      sizeBytes: 11,
      config: { env: ['A=1'], command: ['run'], exposedPorts: ['80/tcp'], healthcheck: { retries: 3 } },
      history: [{ createdBy: 'COPY', empty: false }, { empty: true }],
    });
    const id = image?.id ?? '';
    for (const text of [id, id.slice(7), id.slice(0, 15), id.slice(7, 19), 'docker.io/library/app:1']) {
      expect(store.find(text)?.id).toBe(id);
    }
    expect(store.find('app')).toBeUndefined();
    const [top = '', bottom = ''] = image ? store.layers(image) : [];
    expect(readFileSync(`${top}/b`, 'utf8')).toBe('second');
    expect(readFileSync(`${bottom}/a`, 'utf8')).toBe('first');
  });

  test('loads an OCI layout from a tar, from a folder, and through an index of several platforms', async () => {
    const image = { name: 'ghcr.io/a/b:2', layers: [await layerA] };
    for (const nested of [false, true]) {
      const files = layoutFiles(image, { nested });
      const { store } = await openStore();
      const tar = await packed(
        [...files].map(([name, content]): TarMember => [{ name: `./${name}` }, content]),
      );
      expect(await load(store, gzipSync(tar))).toEqual(['Loaded image: ghcr.io/a/b:2']);
      const folder = scratch();
      mkdirSync(join(folder, 'blobs/sha256'), { recursive: true });
      for (const [name, content] of files) writeFileSync(join(folder, name), content);
      expect(await load((await openStore()).store, folder)).toEqual(['Loaded image: ghcr.io/a/b:2']);
    }
  });

  test('a bare tag in an OCI layout names no image', async () => {
    const { store } = await openStore();
    const files = layoutFiles({ layers: [await layerA] }, { refName: 'latest' });
    const [line = ''] = await load(
      store,
      await packed([...files].map(([name, data]): TarMember => [{ name }, data])),
    );
    expect(line).toMatch(/^Loaded image ID: sha256:[0-9a-f]{64}$/);
  });

  test('shares layers between images, and removes them with the last', async () => {
    const { store, root } = await openStore();
    const [a, b] = [await layerA, await layerB];
    await load(store, await savedArchive({ name: 'one', layers: [a] }, { name: 'two', layers: [a, b] }));
    expect(readdirSync(`${root}/images/layers`)).toHaveLength(2);
    const id = store.find('two')?.id ?? '';
    expect(await store.remove('two', unused)).toEqual([
      { untagged: 'two:latest' },
      { deleted: id },
      { deleted: `sha256:${sha256(b)}` },
    ]);
    expect(readdirSync(`${root}/images/layers`)).toEqual([sha256(a)]);
    await store.remove('one', unused);
    for (const folder of ['layers', 'blobs/sha256', 'records', 'l', 'staging']) {
      expect(readdirSync(`${root}/images/${folder}`)).toEqual([]);
    }
  });

  test('unpacks a layer once for loads at the same time', async () => {
    const { store, root } = await openStore();
    const layer = await layerA;
    const archives = await Promise.all(
      ['1', '2', '3', '4'].map((tag) => savedArchive({ name: `app:${tag}`, layers: [layer], env: [tag] })),
    );
    await Promise.all(archives.map((archive) => load(store, archive)));
    expect(store.list()).toHaveLength(5);
    expect(readdirSync(`${root}/images/layers`)).toEqual([sha256(layer)]);
    expect(readdirSync(`${root}/images/staging`)).toEqual([]);
  });

  test('a load that fails beside a removal and another load harms neither', async () => {
    const { store } = await openStore();
    const layer = await layerA;
    const broken = (await savedArchive({ name: 'bad', layers: [layer, await layerB] })).fill(0x55, 600, 700);
    await load(store, await savedArchive({ name: 'old', layers: [layer] }));
    const results = await Promise.allSettled([
      load(store, broken),
      store.remove('old', unused),
      load(store, await savedArchive({ name: 'new', layers: [layer], env: ['N=1'] })),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    const image = store.find('new');
    expect(readFileSync(`${(image && store.layers(image)[0]) ?? ''}/a`, 'utf8')).toBe('first');
  });

  test('a name moves to the image loaded last, and the old one stays without', async () => {
    const { store } = await openStore();
    await load(store, await savedArchive({ name: 'app:1', layers: [await layerA] }));
    const old = store.find('app:1')?.id ?? '';
    const lines = await load(store, await savedArchive({ name: 'app:1', layers: [await layerB] }));
    expect(lines).toEqual([
      `The image app:1 already exists, renaming the old one with ID ${old} to empty string`,
      'Loaded image: app:1',
    ]);
    expect(store.find(old)?.references).toEqual([]);
    expect(store.find('app:1')?.id).not.toBe(old);
  });

  test('tags and untags', async () => {
    const { store } = await openStore();
    await load(store, await savedArchive({ name: 'app:1', layers: [await layerA] }));
    await store.tag('app:1', 'other');
    expect(store.find('other')?.references).toEqual(['app:1', 'other:latest']);
    expect(await store.remove('app:1', unused)).toEqual([{ untagged: 'app:1' }]);
    await expect(store.remove('app:1', unused)).rejects.toThrow('No such image: app:1');
    await expect(store.tag('none', 'x')).rejects.toThrow('No such image: none');
  });

  test('a start of several ids is ambiguous', async () => {
    const { store } = await openStore();
    const archives = Array.from({ length: 17 }, (_, index) => ({ layers: [], env: [`N=${String(index)}`] }));
    await load(store, await savedArchive(...archives));
    const starts = store.list().map(({ id }) => id.slice(7, 8));
    const double = starts.find((start, index) => starts.indexOf(start) !== index) ?? '';
    expect(() => store.find(`sha256:${double}`)).toThrow(
      `multiple IDs found with provided prefix: ${double}`,
    );
  });

  test('keeps everything over a restart, and sweeps what a crash left', async () => {
    const { store, root } = await openStore();
    await load(store, await savedArchive({ name: 'app:1', layers: [await layerA] }));
    const before = store.list();
    const images = `${root}/images`;
    mkdirSync(`${images}/staging/half/layer/diff`, { recursive: true });
    mkdirSync(`${images}/layers/${'1'.repeat(64)}/diff`, { recursive: true });
    mkdirSync(`${images}/layers/${'2'.repeat(64)}/diff`, { recursive: true });
    writeFileSync(`${images}/layers/${'2'.repeat(64)}/size.json`, '{"bytes":1}');
    writeFileSync(`${images}/blobs/sha256/${'3'.repeat(64)}`, 'x');
    writeFileSync(`${images}/records/${'4'.repeat(64)}.json.12345678.tmp`, '{');
    const { store: again } = await openStore(root);
    expect(again.list()).toEqual(before);
    expect(readdirSync(`${images}/staging`)).toEqual([]);
    expect(readdirSync(`${images}/layers`)).toHaveLength(1);
    expect(readdirSync(`${images}/blobs/sha256`)).toHaveLength(3);
    expect(readdirSync(`${images}/records`)).toHaveLength(1);
  });

  test('of two images that claim one name after a crash, the later keeps it', async () => {
    const { store, root } = await openStore();
    await load(store, await savedArchive({ name: 'app:1', layers: [await layerA] }));
    const records = `${root}/images/records`;
    const [first = ''] = readdirSync(records);
    const text = readFileSync(`${records}/${first}`, 'utf8');
    await load(store, await savedArchive({ name: 'app:1', layers: [await layerB] }));
    const newer = store.find('app:1')?.id;
    writeFileSync(`${records}/${first}`, text);
    const { store: again } = await openStore(root);
    expect(again.find('app:1')?.id).toBe(newer);
    expect(again.list().filter(({ references }) => references.includes('app:1'))).toHaveLength(1);
  });

  test('imports a root filesystem with changes', async () => {
    const { store } = await openStore();
    const tar = await members([{ name: 'bin/sh' }, 'x']);
    const image = await store.importRootfs(Readable.from([gzipSync(tar)]), {
      reference: 'mine',
      changes: ['CMD ["/bin/sh"]', 'EXPOSE 80'],
      message: 'by hand',
    });
    expect(image).toMatchObject({
      references: ['mine:latest'],
      diffIds: [`sha256:${sha256(tar)}`],
      config: { command: ['/bin/sh'], exposedPorts: ['80/tcp'] },
      history: [{ comment: 'by hand' }],
    });
    expect(readFileSync(`${store.layers(image)[0] ?? ''}/bin/sh`, 'utf8')).toBe('x');
  });

  test('an import that cannot be is refused and leaves nothing', async () => {
    const { store, root } = await openStore();
    const tar = await members([{ name: 'a' }, 'x']);
    const source = () => Readable.from([tar.subarray(0, 515)]);
    await expect(store.importRootfs(source(), { reference: 'x', changes: ['RUN x'] })).rejects.toMatchObject({
      code: 'IMPORT_CHANGE_INVALID',
    });
    await expect(store.importRootfs(source(), { reference: 'x' })).rejects.toMatchObject({
      code: 'ARCHIVE_DAMAGED',
    });
    await expect(store.importRootfs(source(), { reference: 'berth/host' })).rejects.toThrow('berth/host');
    expect(readdirSync(`${root}/images/blobs/sha256`)).toEqual([]);
    expect(readdirSync(`${root}/images/staging`)).toEqual([]);
  });

  test('what it saves, another store loads, with the same ids', async () => {
    const { store } = await openStore();
    const [a, b] = [await layerA, await layerB];
    await load(store, await savedArchive({ name: 'one', layers: [a] }, { name: 'two:2', layers: [a, b] }));
    const { store: other } = await openStore();
    expect(await load(other, store.save(['one', 'two:2']))).toEqual([
      'Loaded image: one:latest',
      'Loaded image: two:2',
    ]);
    expect(other.list().map(({ id, references }) => [id, references])).toEqual(
      store.list().map(({ id, references }) => [id, references]),
    );
    expect(() => store.save(['three'])).toThrow('No such image: three');
  });

  test('what is being saved may be removed meanwhile', async () => {
    const { store, root } = await openStore();
    await load(store, await savedArchive({ name: 'one', layers: [await layerA] }));
    const reading = store.save(['one'])[Symbol.asyncIterator]();
    await reading.next();
    await store.remove('one', unused);
    while (!(await reading.next()).done);
    expect(readdirSync(`${root}/images/blobs/sha256`)).toEqual([]);
    rmSync(root, { recursive: true });
  });
});
