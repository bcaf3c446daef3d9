// Milliseconds for the verbs of every day on a stack of N running services: Berth, and the peers that are installed.
// npm run bench -- verbs [--n 50] [--runs 1] [--minutes 8] [--only berth] [--keep]
// Every peer brings the same stack up on a private host of its own; then each verb runs, quick ones several times. A peer
// has --minutes for all of a turn: what it does not get to is left out, and the turn of the next begins.
import { parseArgs } from 'node:util';
import { berth } from './up/berth.js';
import { docker } from './up/docker.js';
import { podman } from './up/podman.js';
import { composeFile } from './up/stack.js';
import { available, onHost, perform, save, withBench } from './up/turns.js';

const peers = [berth, docker, podman];

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
      minutes: { type: 'string', default: '8' },
      keep: { type: 'boolean', default: false },
    },
  });
  const chosen = available(peers, values.only.split(',').filter(Boolean));
  const count = Number(values.n);
  const turnMs = Number(values.minutes) * 60_000;
  await withBench(values, async (bench) => {
    const samples = [];
    for (let turn = 1; turn <= Number(values.runs); turn += 1)
      for (const peer of chosen) await measure(bench, { peer, count, turn, turnMs, samples });
    console.log(`\n${tableOf(samples, chosen)}`);
    console.log(`\nwritten to ${save('verbs', { count, samples })}`);
  });
}

/** Adds what a peer takes for each verb to the samples. */
async function measure(bench, { peer, count, turn, turnMs, samples }) {
  const deadline = performance.now() + turnMs;
  const about = { peer, count, label: String(turn), compose: talkative(composeFile(count)) };
  const left = (options) => ({ ...options, timeoutMs: Math.max(1, deadline - performance.now()) });
  await onHost(bench, about, async (host, options) => {
    const failed = await failureOf(() => perform(host, peer.up, left(options)));
    if (failed !== undefined) console.log(`${peer.name}: up: ${failed}`);
    for (const { name, words, times } of failed === undefined ? verbs : []) {
      const argv = [...peer.up.slice(0, 3), ...words];
      for (let time = 0; time < times && performance.now() < deadline; time += 1) {
        const began = performance.now();
        const failure = await failureOf(() => perform(host, argv, left(options)));
        samples.push({ peer: peer.name, verb: name, turn, ms: performance.now() - began, failure });
      }
      console.log(`${peer.name.padEnd(16)} ${name.padEnd(18)} ${cell(samples, peer.name, name)}`);
    }
  });
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
