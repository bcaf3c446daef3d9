// Seconds for `up -d` and `down` of N services that sleep: Berth, the peers that are installed, and a bare floor script.
// npm run bench -- up [--n 1,10,50] [--runs 5] [--only berth,floor] [--keep]
// Every run is on a private host with fresh state on the same file system; peers take turns; medians are compared.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { berth } from './up/berth.js';
import { docker } from './up/docker.js';
import { floor } from './up/floor.js';
import { measureMemory } from './up/memory.js';
import { podman } from './up/podman.js';
import { loadPrivateHost } from './up/private-host.js';
import { summarise, tableOf } from './up/report.js';
import { composeFile, makeRootfs } from './up/stack.js';

const peers = [floor, berth, docker, podman];
const results = fileURLToPath(new URL('./results/', import.meta.url));

export async function run(args = []) {
  const { values } = parseArgs({
    args,
    options: {
      n: { type: 'string', default: '1,10,50' },
      runs: { type: 'string', default: '5' },
      only: { type: 'string', default: '' },
      keep: { type: 'boolean', default: false },
    },
  });
  const chosen = available(values.only.split(',').filter(Boolean));
  const counts = values.n.split(',').map(Number);
  // Fresh folders for every run, removed together at the end: ext4 is slow to make files after it deleted many.
  const folder = mkdtempSync('/var/tmp/berth-bench-');
  try {
    const bench = { privateHost: await loadPrivateHost(), rootfs: makeRootfs(folder), folder };
    const samples = await takeTurns(bench, { chosen, counts, runs: Number(values.runs) });
    const summary = summarise(samples, { counts, names: chosen.map(({ name }) => name) });
    console.log(`\n${tableOf(summary)}`);
    console.log(`\nwritten to ${save({ summary, samples })}`);
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

async function takeTurns(bench, { chosen, counts, runs }) {
  const samples = [];
  for (const count of counts)
    for (let turn = 1; turn <= runs; turn += 1)
      for (const peer of chosen) {
        const sample = await measure(bench, { peer, count, turn });
        samples.push(sample);
        const { name, upSeconds, downSeconds, memory } = sample;
        console.log(
          `${name.padEnd(16)} N=${count} run ${turn}:  up ${upSeconds.toFixed(2)} s   down ${downSeconds.toFixed(2)} s   ` +
            `${memory.rssMb.toFixed(0)} MB resident, ${memory.pssMb.toFixed(0)} MB proportional`,
        );
      }
  return samples;
}

async function measure(bench, { peer, count, turn }) {
  const folder = `${bench.folder}/${peer.name}-${count}-${turn}`;
  mkdirSync(folder, { recursive: true });
  const host = await bench.privateHost({ folder });
  try {
    writeFileSync(`${folder}/compose.yaml`, composeFile(count));
    const options = { ...(await peer.prepare(host, { rootfs: bench.rootfs, count })), timeoutMs: 900_000 };
    const upSeconds = await timed(() => perform(host, peer.up, options));
    const memory = await measureMemory(host, count);
    const downSeconds = await timed(() => perform(host, peer.down, options));
    return { name: peer.name, count, turn, upSeconds, downSeconds, memory };
  } finally {
    await host[Symbol.asyncDispose]();
    peer.cleanUp?.();
  }
}

function perform(host, argv, options) {
  return argv[0] === 'berth' ? host.berth(argv.slice(1), options) : host.run(argv, options);
}

async function timed(work) {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

function save(result) {
  mkdirSync(results, { recursive: true });
  const file = `${results}up-${new Date().toISOString().replace(/[:.]/g, '-')}.json`;
  writeFileSync(file, `${JSON.stringify(result, undefined, 2)}\n`);
  return file;
}
