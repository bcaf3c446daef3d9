// Seconds from a test's request for a stack of three services to its first answer, and from `down` to nothing left:
// berth/testing, and Testcontainers on dockerd. Both pull nothing, and each has a machine of its own.
// npm run bench -- fixtures [--runs 5] [--only berth,testcontainers]
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { docker } from './up/docker.js';
import { hasPrograms } from './up/peer.js';
import { loadPrivateHost } from './up/private-host.js';
import { image, makeRootfs } from './up/stack.js';

const results = fileURLToPath(new URL('./results/', import.meta.url));
const scripts = fileURLToPath(new URL('./fixtures/', import.meta.url));
const TESTCONTAINERS = 'testcontainers@11.14.0';

const peers = [
  {
    name: 'berth',
    missing: () => undefined,
    prepare: async (host, { rootfs }) => {
      await host.berth(['image', 'import', rootfs, image]);
      return { script: `${scripts}berth.mjs`, env: {} };
    },
  },
  {
    name: 'testcontainers',
    missing: () => hasPrograms('dockerd', 'containerd', 'docker', 'npm'),
    prepare: async (host, { rootfs, folder }) => {
      const project = install(folder);
      const { env } = await docker.prepare(host, { rootfs });
      // Its reaper is an image of its own, which would have to be pulled.
      return {
        script: `${project}/testcontainers.mjs`,
        env: { ...env, TESTCONTAINERS_RYUK_DISABLED: 'true' },
      };
    },
  },
];

export async function run(args = []) {
  const { values } = parseArgs({
    args,
    options: { runs: { type: 'string', default: '5' }, only: { type: 'string', default: '' } },
  });
  const only = values.only.split(',').filter(Boolean);
  const folder = mkdtempSync('/var/tmp/berth-bench-');
  try {
    const bench = { privateHost: await loadPrivateHost(), rootfs: makeRootfs(folder), folder };
    const summary = [];
    for (const peer of peers.filter(({ name }) => only.length === 0 || only.includes(name))) {
      const missing = peer.missing();
      if (missing) console.log(`${peer.name}: left out, as ${missing} is missing (bin/bench installs it)`);
      else summary.push({ name: peer.name, ...(await measure(bench, peer, Number(values.runs))) });
    }
    report(summary);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(bench, peer, runs) {
  const folder = `${bench.folder}/${peer.name}`;
  mkdirSync(folder, { recursive: true });
  const host = await bench.privateHost({ folder });
  try {
    const { script, env } = await peer.prepare(host, { ...bench, folder });
    const argv = ['node', script, image, String(runs)];
    const { stdout } = await host.run(argv, { env, timeoutMs: 600_000 });
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
    const rounds = lines.map((line) => JSON.parse(line));
    for (const round of rounds) console.log(`${peer.name.padEnd(16)} ${wordsOf(round)}`);
    const [first, ...warm] = rounds;
    return {
      first,
      warm: { up: median(warm.map(({ up }) => up)), down: median(warm.map(({ down }) => down)) },
    };
  } finally {
    await host[Symbol.asyncDispose]();
  }
}

function install(folder) {
  const project = `${folder}/project`;
  mkdirSync(project, { recursive: true });
  writeFileSync(`${project}/package.json`, '{ "type": "module" }');
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
  execFileSync('npm', ['install', ...flags, TESTCONTAINERS], { cwd: project, stdio: 'inherit' });
  for (const name of ['testcontainers.mjs', 'rounds.mjs']) copyFileSync(scripts + name, `${project}/${name}`);
  return project;
}

function report(summary) {
  console.log();
  for (const { name, first, warm } of summary) {
    console.log(`${name.padEnd(16)} first ${wordsOf(first)}   then, median: ${wordsOf(warm)}`);
  }
  const [ours, theirs] = ['berth', 'testcontainers'].map((name) => summary.find((one) => one.name === name));
  if (ours && theirs) {
    const times = (which) => (theirs.warm[which] / ours.warm[which]).toFixed(1);
    console.log(
      `Testcontainers takes ${times('up')} times as long to the first answer, ${times('down')} times to nothing left`,
    );
  }
  mkdirSync(results, { recursive: true });
  const file = `${results}fixtures-${new Date().toISOString().replace(/[:.]/g, '-')}.json`;
  writeFileSync(file, `${JSON.stringify(summary, undefined, 2)}\n`);
  console.log(`written to ${file}`);
}

function wordsOf({ up, down }) {
  return `up ${(up / 1000).toFixed(2)} s, down ${(down / 1000).toFixed(2)} s`;
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
