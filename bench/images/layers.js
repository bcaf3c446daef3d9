// An image as people have them: 8 layers, 100 MB of this machine's own programs and texts, gzip as registries keep it.
import { createHash } from 'node:crypto';
import { createWriteStream, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

const LAYERS = 8;
const LAYER_BYTES = 12_500_000;
const LARGEST_FILE_BYTES = 4_000_000;

/** Writes an OCI archive of an image with this name to a file; returns the bytes of its layers, packed and unpacked. */
export async function writeImage(path, { reference, busybox }) {
  const files = filesBelow('/usr/lib', '/usr/share');
  const archive = pack();
  const written = pipeline(archive, createWriteStream(path));
  const blob = (content) => {
    const hex = createHash('sha256').update(content).digest('hex');
    archive.entry({ name: `blobs/sha256/${hex}` }, content);
    return { digest: `sha256:${hex}`, size: content.length };
  };
  const layers = [];
  const diffIds = [];
  for (let number = 0; number < LAYERS; number += 1) {
    const tar = await layerTar(files, { number, busybox });
    diffIds.push(`sha256:${createHash('sha256').update(tar).digest('hex')}`);
    layers.push({ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...blob(gzipSync(tar)) });
  }
  const config = { architecture: process.arch === 'x64' ? 'amd64' : process.arch, os: 'linux' };
  const filled = {
    ...config,
    config: { Cmd: ['true'], Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: diffIds },
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      ...blob(Buffer.from(JSON.stringify(filled))),
    },
    layers,
  };
  const annotations = { 'org.opencontainers.image.ref.name': reference };
  const entry = {
    mediaType: manifest.mediaType,
    ...blob(Buffer.from(JSON.stringify(manifest))),
    annotations,
  };
  archive.entry({ name: 'index.json' }, JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  archive.finalize();
  await written;
  return layers.reduce((sum, { size }) => sum + size, 0);
}

async function layerTar(files, { number, busybox }) {
  const tar = pack();
  const chunks = [];
  const reading = (async () => {
    for await (const chunk of tar) chunks.push(chunk);
  })();
  if (number === 0) {
    for (const name of ['bin', 'dev', 'etc', 'proc', 'sys', 'tmp']) tar.entry({ name, type: 'directory' });
    tar.entry({ name: 'bin/busybox', mode: 0o755 }, readFileSync(busybox));
    tar.entry({ name: 'bin/true', type: 'symlink', linkname: 'busybox' });
    tar.entry({ name: 'bin/sleep', type: 'symlink', linkname: 'busybox' });
  }
  for (let bytes = 0; bytes < LAYER_BYTES;) {
    const { value: path, done } = files.next();
    if (done) throw new Error('this machine has too few files below /usr for an image of 100 MB');
    const content = readFileSync(path);
    tar.entry({ name: `layer${number}${path}`, mode: 0o644, mtime: new Date(0) }, content);
    bytes += content.length;
  }
  tar.finalize();
  await reading;
  return Buffer.concat(chunks);
}

function* filesBelow(...folders) {
  for (const folder of folders)
    for (const name of readdirSync(folder).sort()) {
      const path = `${folder}/${name}`;
      const stats = lstatSync(path);
      if (stats.isDirectory()) yield* filesBelow(path);
      else if (stats.isFile() && stats.size > 0 && stats.size < LARGEST_FILE_BYTES) yield path;
    }
}
