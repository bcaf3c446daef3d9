// Milliseconds for the verbs of every day on a stack of N running services: Berth, and the peers that are installed.
// npm run bench -- verbs [--n 50] [--runs 1] [--only berth] [--keep]
// Every peer brings the same stack up on a private host of its own; then each verb runs, quick ones several times.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { berth } from './up/berth.js';
import { docker } from './up/docker.js';
import { podman } from './up/podman.js';
import { loadPrivateHost } from './up/private-host.js';
import { composeFile, makeRootfs } from './up/stack.js';

const peers = [berth, docker, podman];
const results = fileURLToPath(new URL('./results/', import.meta.url));

/** Repeats of a verb in one run. What changes the stack is done once; the order is that of a day's work. */
const verbs = [
  { name: 'up, nothing to do', words: ['up', '-d'], times: 2 },
  { name: 'ps', words: ['ps'], times: 5 },
  { name: 'logs --tail 10', words: ['logs', '--tail', '10'], times: 3 },
  { name: 'exec true', words: ['exec', '-T', 's1', 'true'], times: 5 },
  { name: 'restart', words: ['restart', '-t', '0'], times: 1 },
  { name: 'down', words: ['down', '-t', '0'], times: 1 },
];

export async function run(args = []) {
  const { values } = parseArgs({
    args,
    options: {
      n: { type: 'string', default: '50' },
      runs: { type: 'string', default: '1' },
      only: { type: 'string', default: '' },
      keep: { type: 'boolean', default: false },
    },
  });
  const chosen = available(values.only.split(',').filter(Boolean));
  const count = Number(values.n);
  const folder = mkdtempSync('/var/tmp/berth-bench-');
  try {
    const bench = { privateHost: await loadPrivateHost(), rootfs: makeRootfs(folder), folder };
    const samples = [];
    for (let turn = 1; turn <= Number(values.runs); turn += 1)
      for (const peer of chosen) samples.push(...(await measure(bench, { peer, count, turn })));
    console.log(`\n${tableOf(samples, chosen)}`);
    console.log(`\nwritten to ${save({ count, samples })}`);
  } finally {
    if (!values.keep) rmSync(folder, { recursive: true, force: true });
  }
}

function available(only) {
  const wanted = peers.filter(({ name }) => only.length === 0 || only.includes(name));
  return wanted.filter((peer) => {
    const missing = peer.missing();
    if (missing) console.log(`${peer.name}: left out, as ${missing} is missing (bin/bench installs it)`);
    return !missing;
  });
}

async function measure(bench, { peer, count, turn }) {
  const folder = `${bench.folder}/${peer.name}-${turn}`;
  mkdirSync(folder, { recursive: true });
  const host = await bench.privateHost({ folder });
  const samples = [];
  try {
    writeFileSync(`${folder}/compose.yaml`, talkative(composeFile(count)));
    const options = { ...(await peer.prepare(host, { rootfs: bench.rootfs, count })), timeoutMs: 900_000 };
    await perform(host, peer.up, options);
    for (const { name, words, times } of verbs) {
      const argv = [...peer.up.slice(0, 3), ...words];
      for (let time = 0; time < times; time += 1) {
        const began = performance.now();
        const failure = await failureOf(() => perform(host, argv, options));
        samples.push({ peer: peer.name, verb: name, turn, ms: performance.now() - began, failure });
      }
      console.log(`${peer.name.padEnd(16)} ${name.padEnd(18)} ${cell(samples, peer.name, name)}`);
    }
  } finally {
    await host[Symbol.asyncDispose]();
    peer.cleanUp?.();
  }
  return samples;
}

/** Something to show for `logs`. */
function talkative(text) {
  return text.replaceAll(
    'command: ["sleep", "1000000"]',
    'command: ["sh", "-c", "echo one; echo two; exec sleep 1000000"]',
  );
}

async function failureOf(work) {
  try {
    await work();
    return undefined;
  } catch (error) {
    return String(error.message).slice(0, 500);
  }
}

function perform(host, argv, options) {
  return argv[0] === 'berth' ? host.berth(argv.slice(1), options) : host.run(argv, options);
}

function tableOf(samples, chosen) {
  const width = 24;
  const header = ['verb', ...chosen.map(({ name }) => name)];
  const rows = verbs.map(({ name }) => [name, ...chosen.map((peer) => cell(samples, peer.name, name))]);
  return [header, ...rows]
    .map((row) =>
      row
        .map((text) => text.padEnd(width))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

/** The median, with how many times Berth's it is, where both are known. */
function cell(samples, peer, verb) {
  const own = medianOf(samples, peer, verb);
  if (own === undefined) return 'failed';
  const berths = medianOf(samples, berth.name, verb);
  const ratio = peer === berth.name || berths === undefined ? '' : `  ${(own / berths).toFixed(1)}×`;
  return `${own.toFixed(0)} ms${ratio}`;
}

function medianOf(samples, peer, verb) {
  const times = samples
    .filter((sample) => sample.peer === peer && sample.verb === verb && sample.failure === undefined)
    .map(({ ms }) => ms)
    .sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)];
}

function save(result) {
  mkdirSync(results, { recursive: true });
  const file = `${results}verbs-${new Date().toISOString().replace(/[:.]/g, '-')}.json`;
  writeFileSync(file, `${JSON.stringify(result, undefined, 2)}\n`);
  return file;
}
