// Seconds for `up -d` and `down` of N services that sleep: Berth, the peers that are installed, and a bare floor script.
// npm run bench -- up [--n 1,10,50] [--runs 5] [--only berth,floor] [--keep]
// Every run is on a private host with fresh state on the same file system; peers take turns; medians are compared.
import { parseArgs } from 'node:util';
import { berth } from './up/berth.js';
import { docker } from './up/docker.js';
import { floor } from './up/floor.js';
import { measureMemory } from './up/memory.js';
import { podman } from './up/podman.js';
import { summarise, tableOf } from './up/report.js';
import { composeFile } from './up/stack.js';
import { available, onHost, perform, save, withBench } from './up/turns.js';

const peers = [floor, berth, docker, podman];

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
  const chosen = available(peers, values.only.split(',').filter(Boolean));
  const counts = values.n.split(',').map(Number);
  await withBench(values, async (bench) => {
    const samples = await takeTurns(bench, { chosen, counts, runs: Number(values.runs) });
    const summary = summarise(samples, { counts, names: chosen.map(({ name }) => name) });
    console.log(`\n${tableOf(summary)}`);
    console.log(`\nwritten to ${save('up', { summary, samples })}`);
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
  const about = { peer, count, label: `${count}-${turn}`, compose: composeFile(count) };
  return onHost(bench, about, async (host, options) => {
    const upSeconds = await timed(() => perform(host, peer.up, options));
    const memory = await measureMemory(host, count);
    const downSeconds = await timed(() => perform(host, peer.down, options));
    return { name: peer.name, count, turn, upSeconds, downSeconds, memory };
  });
}

async function timed(work) {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
