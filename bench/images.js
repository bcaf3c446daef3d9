// Seconds to pull and unpack an image of 100 MB in 8 layers from a registry on this machine, and milliseconds from
// `run --rm IMAGE true` to its end: Berth, dockerd, podman. npm run bench -- images [--runs 5] [--only berth,docker]
// Every peer has a private host of its own with fresh state; Berth's engine and dockerd run already. Medians are compared.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeImage } from './images/layers.js';
import { docker } from './up/docker.js';
import { hasPrograms, waitFor } from './up/peer.js';
import { podman } from './up/podman.js';
import { loadPrivateHost } from './up/private-host.js';
import { makeRootfs } from './up/stack.js';

const registry = '127.0.0.1:5000';
const reference = `${registry}/bench/layers:1`;
const repository = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const results = fileURLToPath(new URL('./results/', import.meta.url));

const storage = [
  '--root',
  'FOLDER/podman/storage',
  '--runroot',
  '/run/podman-storage',
  '--storage-driver',
  'overlay',
];

const peers = [
  {
    name: 'berth',
    missing: () => undefined,
    async prepare(host) {
      host.startBerth('engine run');
      await waitFor(() => host.berth('engine status'), 'the engine did not start');
      const service = { image: reference, network_mode: 'bridge' };
      writeFileSync(
        `${host.folder}/compose.yaml`,
        JSON.stringify({ name: 'bench', services: { one: service } }),
      );
      return {};
    },
    pull: ['berth', 'image', 'pull', '-q', reference],
    remove: ['berth', 'image', 'rm', '-f', reference],
    run: ['berth', 'run', '--rm', '-T', 'one', 'true'],
  },
  {
    ...docker,
    name: 'docker',
    missing: () => hasPrograms('dockerd', 'containerd', 'docker'),
    pull: ['docker', 'pull', '-q', reference],
    remove: ['docker', 'rmi', '-f', reference],
    run: ['docker', 'run', '--rm', reference, 'true'],
  },
  {
    ...podman,
    name: 'podman',
    missing: () => hasPrograms('podman', 'conmon', 'crun', '/usr/lib/podman/netavark'),
    pull: ['podman', 'pull', '-q', '--tls-verify=false', reference],
    remove: ['podman', 'rmi', '-f', reference],
    // Its clean-up after the end is told these by the command line only, and waits 20 s when it is not told.
    run: ['podman', ...storage, 'run', '--rm', reference, 'true'],
  },
];

export async function run(args = []) {
  const { values } = parseArgs({
    args,
    options: { runs: { type: 'string', default: '5' }, only: { type: 'string', default: '' } },
  });
  const only = values.only.split(',').filter(Boolean);
  const chosen = peers.filter((peer) => (only.length === 0 || only.includes(peer.name)) && isThere(peer));
  const folder = mkdtempSync('/var/tmp/berth-bench-');
  try {
    const privateHost = await loadPrivateHost();
    const bench = { privateHost, folder, rootfs: makeRootfs(folder), runs: Number(values.runs) };
    await fillRegistry(bench);
    const samples = [];
    for (const peer of chosen) samples.push(await measure(bench, peer));
    console.log(`\n${tableOf(samples)}`);
    mkdirSync(results, { recursive: true });
    const file = `${results}images-${new Date().toISOString().replace(/[:.]/g, '-')}.json`;
    writeFileSync(file, `${JSON.stringify(samples, undefined, 2)}\n`);
    console.log(`\nwritten to ${file}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isThere(peer) {
  const missing = peer.missing();
  if (missing) console.log(`${peer.name}: left out, as ${missing} is missing (bin/bench installs it)`);
  return !missing;
}

/** One registry's files serve all hosts. */
async function fillRegistry(bench) {
  const archive = `${bench.folder}/image.tar`;
  const bytes = await writeImage(archive, { reference, busybox: programAt('busybox', '/bin/busybox') });
  console.log(`image: 8 layers, 100 MB, ${(bytes / 1e6).toFixed(0)} MB as they travel`);
  const folder = `${bench.folder}/seed`;
  mkdirSync(folder);
  const host = await bench.privateHost({ folder });
  try {
    await startRegistry(host, bench.folder);
    await host.berth(['image', 'load', '-i', archive]);
    await host.berth(['image', 'push', reference], { timeoutMs: 300_000 });
  } finally {
    await host[Symbol.asyncDispose]();
  }
}

async function startRegistry(host, folder) {
  const config = [
    'version: 0.1',
    'log: {level: info}',
    `storage: {filesystem: {rootdirectory: ${folder}/registry}}`,
    `http: {addr: '${registry}'}`,
  ];
  writeFileSync(`${folder}/registry.yml`, `${config.join('\n')}\n`);
  const running = host.start([
    programAt('docker-registry', '/usr/bin/docker-registry'),
    'serve',
    `${folder}/registry.yml`,
  ]);
  await running.saw('listening on');
}

function programAt(name, installed) {
  const taken = `${repository}/node_modules/.cache/tools/${name}`;
  const path = existsSync(taken) ? taken : installed;
  if (!existsSync(path)) throw new Error(`${name} is missing: bin/test and bin/bench bring it`);
  return path;
}

async function measure(bench, peer) {
  const folder = `${bench.folder}/${peer.name}`;
  mkdirSync(folder);
  const host = await bench.privateHost({ folder });
  try {
    await startRegistry(host, bench.folder);
    const options = {
      ...(await peer.prepare(host, { rootfs: bench.rootfs })),
      cwd: folder,
      timeoutMs: 300_000,
    };
    const perform = (words) => {
      const argv = words.map((word) => word.replace('FOLDER', folder));
      return argv[0] === 'berth' ? host.berth(argv.slice(1), options) : host.run(argv, options);
    };
    const pulls = [];
    for (let turn = 0; turn < bench.runs; turn += 1) {
      if (turn > 0) await perform(peer.remove);
      pulls.push(await secondsOf(() => perform(peer.pull)));
    }
    // What is found out about the runtime once is known afterwards, by every peer.
    await perform(peer.run);
    const starts = [];
    for (let turn = 0; turn < bench.runs * 2; turn += 1)
      starts.push(await secondsOf(() => perform(peer.run)));
    console.log(`${peer.name.padEnd(8)} pull ${list(pulls)} s   run --rm ${list(starts)} s`);
    return { name: peer.name, pulls, starts };
  } finally {
    await host[Symbol.asyncDispose]();
    peer.cleanUp?.();
  }
}

async function secondsOf(work) {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

function tableOf(samples) {
  const own = samples.find(({ name }) => name === 'berth');
  const rows = samples.map(({ name, pulls, starts }) => {
    const times = (list, base) => (base ? ` (${(median(list) / median(base)).toFixed(2)} x berth)` : '');
    return `${name.padEnd(8)} pull + unpack ${median(pulls).toFixed(2)} s${times(pulls, own?.pulls)}   run --rm ${(median(starts) * 1000).toFixed(0)} ms${times(starts, own?.starts)}`;
  });
  return rows.join('\n');
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function list(numbers) {
  return numbers.map((number) => number.toFixed(2)).join(' ');
}
