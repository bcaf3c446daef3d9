// Seconds to pull and unpack an image of 100 MB in 8 layers from a registry on this machine, and milliseconds from
// `run --rm IMAGE true` to its end: Berth by its own command and by the docker command, dockerd, podman.
// npm run bench -- images [--runs 5] [--only berth,docker]
// Every peer has a private host of its own with fresh state; Berth's engines and dockerd run already. The peers take turns, and the
// processor time of all processes of a peer is measured beside the time by the clock. Medians are compared.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
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

const berth = {
  missing: () => undefined,
  async prepare(host) {
    host.startBerth('engine run');
    await waitFor(() => host.berth('engine status'), 'the engine did not start');
    const service = { image: reference, network_mode: 'bridge' };
    writeFileSync(
      `${host.folder}/compose.yaml`,
      JSON.stringify({ name: 'bench', services: { one: service } }),
    );
    return { env: { DOCKER_HOST: `unix://${host.runRoot}/docker.sock` } };
  },
};

const byDockerCommand = {
  pull: ['docker', 'pull', '-q', reference],
  remove: ['docker', 'rmi', '-f', reference],
  run: ['docker', 'run', '--rm', reference, 'true'],
};

const peers = [
  {
    ...berth,
    name: 'berth',
    pull: ['berth', 'image', 'pull', '-q', reference],
    remove: ['berth', 'image', 'rm', '-f', reference],
    run: ['berth', 'run', '--rm', '-T', 'one', 'true'],
  },
  {
    ...berth,
    ...byDockerCommand,
    name: 'berth, by docker',
    missing: () => hasPrograms('docker'),
  },
  {
    ...docker,
    name: 'docker',
    ...byDockerCommand,
    missing: () => hasPrograms('dockerd', 'containerd', 'docker'),
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
    const samples = await measure(bench, chosen);
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

/** All peers side by side, one of them at work at a time: what else the machine does weighs on all alike. */
async function measure(bench, chosen) {
  const contestants = [];
  try {
    for (const peer of chosen) contestants.push(await enter(bench, peer));
    for (let turn = 0; turn < bench.runs; turn += 1)
      for (const { peer, perform, sample } of contestants) {
        if (turn > 0) await perform(peer.remove);
        sample.pulls.push(await perform(peer.pull));
      }
    // What is found out about the runtime once is known afterwards, by every peer.
    for (const { peer, perform } of contestants) await perform(peer.run);
    for (let turn = 0; turn < bench.runs * 3; turn += 1)
      for (const { peer, perform, sample } of contestants) sample.starts.push(await perform(peer.run));
    return contestants.map(({ sample }) => sample);
  } finally {
    for (const { host, peer } of contestants) {
      await host[Symbol.asyncDispose]();
      peer.cleanUp?.();
    }
  }
}

async function enter(bench, peer) {
  const folder = `${bench.folder}/${peer.name.replace(/\W+/g, '-')}`;
  mkdirSync(folder);
  const host = await bench.privateHost({ folder });
  await startRegistry(host, bench.folder);
  const { env } = await peer.prepare(host, { rootfs: bench.rootfs });
  const options = { env, cwd: folder, timeoutMs: 300_000 };
  const perform = async (words) => {
    const argv = words.map((word) => word.replace('FOLDER', folder));
    const [before, began] = [cpuSeconds(host), performance.now()];
    if (argv[0] === 'berth') await host.berth(argv.slice(1), options);
    else await host.run(argv, options);
    const seconds = (performance.now() - began) / 1000;
    return { seconds, cpuSeconds: cpuSeconds(host) - before };
  };
  return { peer, host, perform, sample: { name: peer.name, pulls: [], starts: [] } };
}

/** Of everything that runs in a host or has ended there, and of the commands that came from outside. */
function cpuSeconds(host) {
  const proc = host.path('/proc');
  const inside = readdirSync(proc).filter((name) => /^\d+$/.test(name));
  const files = ['/proc/self/stat', ...inside.map((pid) => `${proc}/${pid}/stat`)];
  return files.reduce((sum, file) => sum + ticksOf(file), 0) / 100;
}

/** proc(5): 14 and 15 are a process's own ticks, 16 and 17 those of its children that have ended. */
function ticksOf(file) {
  try {
    const numbers = readFileSync(file, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number);
    const ofChildren = numbers[13] + numbers[14];
    return file === '/proc/self/stat' ? ofChildren : numbers[11] + numbers[12] + ofChildren;
  } catch {
    return 0;
  }
}

function tableOf(samples) {
  const own = samples.find(({ name }) => name === 'berth');
  const times = (list, base, which) =>
    base && base !== list ? ` (${(median(list, which) / median(base, which)).toFixed(2)} x berth)` : '';
  const ms = (list, base, which) =>
    `${(median(list, which) * 1000).toFixed(0).padStart(5)} ms${times(list, base, which).padEnd(16)}`;
  const rows = ['pulls', 'starts'].map((what) =>
    samples.map((sample) => {
      const base = own?.[what];
      const label = what === 'pulls' ? 'pull + unpack' : 'run --rm true';
      return `${label}  ${sample.name.padEnd(16)} clock ${ms(sample[what], base, 'seconds')} processor ${ms(sample[what], base, 'cpuSeconds')}`;
    }),
  );
  return rows.flat().join('\n');
}

function median(samples, which) {
  return samples.map((sample) => sample[which]).toSorted((a, b) => a - b)[Math.floor(samples.length / 2)];
}
