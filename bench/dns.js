// Questions per second, and how long they take, for names that Berth owns, asked from inside a container's network
// namespace. `npm run bench -- dns [--seconds 1] [--rounds 5] [--containers 50] [--json]`. Needs root.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const repository = fileURLToPath(new URL('..', import.meta.url));
const CLIENTS = [1, 10, 100];
const RESOLVER = '127.0.0.11';

/** Runs the measurement in a network and mount namespace of its own; resolves with the rows of the table. */
export async function run(args = []) {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '5' },
      containers: { type: 'string', default: '50' },
      json: { type: 'boolean', default: false },
    },
  });
  const folder = `${repository}node_modules/.cache/berth-bench-dns-${process.pid}`;
  mkdirSync(folder, { recursive: true });
  const holder = await namespace();
  const peers = [];
  try {
    peers.push(await berth(folder, holder, values.containers), ...(await dnsmasq(folder, holder)));
    const rows = measure(peers, { ...values, holder });
    console.log(values.json ? JSON.stringify(rows, undefined, 2) : tableOf(rows));
    return rows;
  } finally {
    for (const { end } of peers) await end();
    holder.child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A container's network namespace, held by a process that sleeps. */
async function namespace() {
  const child = spawn(
    'unshare',
    ['-n', 'bash', '-c', 'ip link set lo up && echo ready && exec sleep infinity'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await once(createInterface({ input: child.stdout }), 'line');
  return { child, path: `/proc/${child.pid}/ns/net` };
}

async function berth(folder, holder, containers) {
  const outfile = `${folder}/dns-server.mjs`;
  await build({
    absWorkingDir: repository,
    entryPoints: ['bench/dns-server.js'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['koffi'],
    logLevel: 'warning',
  });
  const child = spawn('node', [outfile, holder.path, containers], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const end = async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, 'close');
  };
  return { name: 'berth', pid: child.pid, port: JSON.parse(line).udpPort, end };
}

/** A server in C beside ours, when the machine has one: what the figures are worth on this machine. */
async function dnsmasq(folder, holder) {
  if (spawnSync('dnsmasq', ['--version']).error) return [];
  const port = 5353;
  const records = ['--address=/service-1/172.18.0.3', '--address=/web/172.18.0.2'];
  const options = ['-k', '-C', '/dev/null', '-R', '-h', '-u', 'root', `--pid-file=${folder}/dnsmasq.pid`];
  const child = spawn('nsenter', [
    `--net=${holder.path}`,
    'dnsmasq',
    ...options,
    `--listen-address=${RESOLVER}`,
    '--bind-interfaces',
    `--port=${port}`,
    ...records,
  ]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  return [{ name: 'dnsmasq', pid: child.pid, port, end: async () => child.kill('SIGKILL') }];
}

/** Rounds one after the other over all servers, so that noise meets all of them. */
function measure(peers, { seconds, rounds, holder }) {
  const samples = new Map();
  for (let round = 0; round < Number(rounds); round++) {
    for (const clients of CLIENTS) {
      for (const { name, pid, port } of peers) {
        const key = `${name} ${clients}`;
        const cpuBefore = cpuUs(pid);
        const sample = load({ port, clients, milliseconds: Number(seconds) * 1000, holder });
        const cpuUsPerQuery = (cpuUs(pid) - cpuBefore) / (sample.qps * Number(seconds));
        samples.set(key, [...(samples.get(key) ?? []), { name, clients, ...sample, cpuUsPerQuery }]);
      }
    }
  }
  return [...samples.values()].map(summary);
}

/** Processor time that a process took so far: what other programs do at the same time changes it little. */
function cpuUs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return (ticks * 1_000_000) / 100;
}

function load({ port, clients, milliseconds, holder }) {
  const program = [`${repository}bench/dns-load.js`, port, clients, milliseconds, 'web', 'service-1'].map(
    String,
  );
  return JSON.parse(
    execFileSync('nsenter', [`--net=${holder.path}`, 'node', ...program], { encoding: 'utf8' }),
  );
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
  const titles = ['server', 'clients', 'qps', 'qpsBest', 'p50Us', 'p99Us', 'cpuUs', 'errors'];
  const lines = [titles, ...rows.map((row) => titles.map((title) => String(row[title])))];
  return lines.map((line) => line.map((cell) => cell.padStart(10)).join('')).join('\n');
}
