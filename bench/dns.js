// Questions per second, and how long they take, for names of a container's neighbours, asked from inside a container's
// network namespace: Berth's resolver, Docker's, podman's aardvark-dns and, where there is one, dnsmasq, in the same run.
// `npm run bench -- dns [--seconds 1] [--rounds 3] [--containers 50] [--only berth,docker] [--json]`. Needs root.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { aardvark, berth, dnsmasq, docker } from './dns-peers.js';
import { goFirst } from './precedence.js';

const repository = fileURLToPath(new URL('..', import.meta.url));
const results = `${repository}bench/results/`;
const CLIENTS = [1, 10, 100];
const MAKERS = { berth, docker, aardvark, dnsmasq };

/** Every resolver has a host of its own; they take turns. Resolves with the rows of the table. */
export async function run(args = []) {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '3' },
      containers: { type: 'string', default: '50' },
      only: { type: 'string', default: Object.keys(MAKERS).join(',') },
      json: { type: 'boolean', default: false },
    },
  });
  mkdirSync(results, { recursive: true });
  // Below the repository a bundle finds the packages.
  const folder = mkdtempSync(`${results}dns-`);
  const peers = [];
  let undo = () => {};
  try {
    for (const name of values.only.split(',')) {
      const peer = await MAKERS[name](folder, values.containers);
      if (peer) peers.push(peer);
      else console.log(`${name}: left out, as it is not installed (bin/bench installs it)`);
    }
    undo = goFirst(['/proc/self', ...peers.map(({ stat }) => dirname(stat))]);
    const rows = measure(peers, values);
    console.log(values.json ? JSON.stringify(rows, undefined, 2) : tableOf(rows));
    return rows;
  } finally {
    undo();
    for (const { end } of peers) await end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Rounds one after the other over all servers, so that noise meets all of them. */
function measure(peers, { seconds, rounds }) {
  const samples = new Map();
  for (let round = 0; round < Number(rounds); round++) {
    for (const clients of CLIENTS) {
      for (const peer of peers) {
        const { name, stat } = peer;
        const key = `${name} ${clients}`;
        const cpuBefore = cpuUs(stat);
        const sample = load({ peer, clients, milliseconds: Number(seconds) * 1000 });
        const cpuUsPerQuery = (cpuUs(stat) - cpuBefore) / (sample.qps * Number(seconds));
        samples.set(key, [...(samples.get(key) ?? []), { name, clients, ...sample, cpuUsPerQuery }]);
      }
    }
  }
  return withRatios([...samples.values()].map(summary));
}

/** Processor time that a process took so far: what other programs do at the same time changes it little. */
function cpuUs(stat) {
  const fields = readFileSync(stat, 'utf8').split(') ')[1].split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return (ticks * 1_000_000) / 100;
}

function load({ peer, clients, milliseconds }) {
  const program = [
    `${repository}bench/dns-load.js`,
    peer.address,
    clients,
    milliseconds,
    'web',
    'service-1',
  ].map(String);
  return JSON.parse(
    execFileSync('nsenter', [`--net=${peer.netns}`, 'node', ...program], { encoding: 'utf8' }),
  );
}

/** Against Docker's resolver with as many clients, by the medians. */
function withRatios(rows) {
  return rows.map((row) => {
    const docker = rows.find(({ server, clients }) => server === 'docker' && clients === row.clients);
    return { ...row, xDocker: docker ? (row.qps / docker.qps).toFixed(1) : '-' };
  });
}

function summary(samples) {
  const [{ name, clients }] = samples;
  const of = (field) => samples.map((sample) => sample[field]).sort((one, other) => one - other);
  const median = (field) => of(field)[Math.floor(samples.length / 2)];
  return {
    server: name,
    clients,
    qps: median('qps'),
    qpsBest: of('qps').at(-1),
    p50Us: median('p50Us'),
    p99Us: median('p99Us'),
    cpuUs: Number(median('cpuUsPerQuery').toFixed(1)),
    errors: of('errors').reduce((sum, errors) => sum + errors, 0),
  };
}

function tableOf(rows) {
  const titles = ['server', 'clients', 'qps', 'qpsBest', 'xDocker', 'p50Us', 'p99Us', 'cpuUs', 'errors'];
  const lines = [titles, ...rows.map((row) => titles.map((title) => String(row[title])))];
  return lines.map((line) => line.map((cell) => cell.padStart(10)).join('')).join('\n');
}
