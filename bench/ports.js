// Throughput, requests on open connections, and new connections a second to a published port: from the host by 127.0.0.1
// and from another machine of the LAN, with Berth and with dockerd, beside the container's own address.
// `npm run bench -- ports [--seconds 1] [--rounds 7] [--only berth] [--measures gbit,requests,connections]`.
// Needs root, wrk, iperf3 and nginx.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { median, portPeers, tableOf } from './port-peers.js';
import { hasPrograms, waitFor } from './up/peer.js';
import { image } from './up/stack.js';

const LAN = '10.77.0.1';
const PATHS = ['direct', '127.0.0.1', 'LAN'];

export async function run(args = []) {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '7' },
      only: { type: 'string', default: 'berth,docker' },
      measures: { type: 'string', default: Object.keys(MEASURES).join(',') },
    },
  });
  const missing = hasPrograms('wrk', 'iperf3', 'nginx');
  if (missing) throw new Error(`missing: ${missing}; bin/bench brings them`);
  const folder = mkdtempSync('/var/tmp/berth-bench-');
  let peers = [];
  try {
    peers = await portPeers(folder, values.only);
    for (const peer of peers) peer.address = await serve(peer);
    for (const measure of values.measures.split(',')) {
      const samples = await sample(peers, { ...values, ...MEASURES[measure] });
      console.log(`${tableOf(titlesOf(MEASURES[measure]), rowsOf(samples, MEASURES[measure]))}\n`);
    }
  } finally {
    for (const { end } of peers) await end();
    rmSync(folder, { recursive: true, force: true });
  }
}

const MEASURES = {
  gbit: { title: 'Gbit/s', unit: 'Gbit', digits: 1, take: gbit },
  requests: { title: 'requests/s', unit: 'request', digits: 0, take: (where) => wrk(where, '') },
  connections: {
    title: 'connections/s',
    unit: 'connection',
    digits: 0,
    take: (where) => wrk(where, "-H 'Connection: close'"),
  },
};

/** nginx and iperf3 of the host, in the namespace of a container that publishes their ports; its address. */
async function serve({ host, docker }) {
  await docker('docker network create front');
  await docker(`docker run -d --name web --network front -p 8080:80 -p 5201:5201 ${image} sleep 1000000`);
  const pid = await docker("docker inspect -f '{{.State.Pid}}' web");
  writeFileSync(`${host.folder}/nginx.conf`, nginxConf(host.folder));
  host.start(`exec nsenter -t ${pid} -n nginx -c ${host.folder}/nginx.conf -p ${host.folder}`);
  for (const port of [5201, 5202]) host.start(`exec nsenter -t ${pid} -n iperf3 -s -p ${port}`);
  await waitFor(
    () => host.run(`test $(nsenter -t ${pid} -n ss -Hlnt | grep -c -e :8[01] -e :520[12]) -ge 4`),
    'nginx and iperf3 do not start',
  );
  return await docker("docker inspect -f '{{.NetworkSettings.Networks.front.IPAddress}}' web");
}

/**
 * The port 81 is for direct connections. To port 80 they would have the very source that the kernel gives to those by
 * 127.0.0.1, the bridge's address, and these would have to look for free ports among what the former left behind.
 */
function nginxConf(folder) {
  return `daemon off; master_process off; error_log ${folder}/nginx.log; pid ${folder}/nginx.pid;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000; client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2;
  fastcgi_temp_path ${folder}/t3; uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  server { listen 80 backlog=4096; listen 81 backlog=4096; location / { return 200 "hello\\n"; } } }
`;
}

/**
 * Samples by path and peer, in rounds: whatever else the machine does meets all of them. Every other round goes backwards, so
 * that nobody always has the same one before it; the first one warms up and does not count.
 */
async function sample(peers, { seconds, rounds, take }) {
  const places = PATHS.flatMap((path) => peers.map((peer) => ({ path, peer, who: peer.name, samples: [] })));
  for (let round = 0; round <= Number(rounds); round++)
    for (const place of round % 2 === 0 ? places : places.toReversed()) {
      const taken = await take({ ...whereOf(place.path, place.peer), seconds });
      if (round > 0) place.samples.push(taken);
    }
  return places;
}

function whereOf(path, { host, address }) {
  if (path === 'direct')
    return { from: host, host, url: `http://${address}:81/`, iperf: `${address} -p 5202` };
  if (path === 'LAN') return { from: host.lan, host, url: `http://${LAN}:8080/`, iperf: `${LAN} -p 5201` };
  return { from: host, host, url: 'http://127.0.0.1:8080/', iperf: '127.0.0.1 -p 5201' };
}

async function gbit(where) {
  const command = `iperf3 -t ${where.seconds} -J -c ${where.iperf}`;
  const { stdout, cpuSeconds } = await waitFor(() => timed(where, command), 'iperf3 does not run');
  const { bytes, bits_per_second: rate } = JSON.parse(stdout).end.sum_received;
  return { rate: rate / 1e9, cpuUs: (cpuSeconds * 1e6) / ((bytes * 8) / 1e9) };
}

async function wrk(where, header) {
  const { stdout, cpuSeconds } = await timed(
    where,
    `wrk -t1 -c16 -d${where.seconds}s ${header} ${where.url}`,
  );
  const [, requests] = /(\d+) requests in/.exec(stdout) ?? [];
  const [, rate] = /Requests\/sec:\s+([\d.]+)/.exec(stdout) ?? [];
  return { rate: Number(rate), cpuUs: (cpuSeconds * 1e6) / Number(requests) };
}

/**
 * What a command prints, and the processor time that it and all other programs of its host took: server, proxies, engine.
 * Other work on the machine changes this little.
 */
async function timed({ from, host }, command) {
  const before = await ticks(host);
  const { stdout, stderr } = await from.run(`TIMEFORMAT='cpu %U %S'; time ${command}`);
  const spent = (await ticks(host)) - before;
  const [, user, system] = /cpu ([\d.]+) ([\d.]+)/.exec(stderr) ?? [];
  return { stdout, cpuSeconds: Number(user) + Number(system) + spent / 100 };
}

/** Hundredths of a second of all processes that run on a host. */
async function ticks(host) {
  const { stdout } = await host.run(
    `cat /proc/[0-9]*/stat 2>/dev/null | awk '{ sub(/.*\\) /, ""); sum += $12 + $13 } END { print sum }'`,
  );
  return Number(stdout);
}

function titlesOf({ title, unit }) {
  return ['path', 'who', title, '(best)', 'x direct', 'x docker', `CPU us/${unit}`, 'x direct'];
}

/** Medians; the ratios are medians of the rounds' ratios, as what disturbs a round disturbs both sides of it. */
function rowsOf(places, { digits }) {
  const of = (path, who) => places.find((place) => place.path === path && place.who === who);
  return places.map(({ path, who, samples }) => [
    path,
    who,
    median(samples.map(({ rate }) => rate)).toFixed(digits),
    `(${Math.max(...samples.map(({ rate }) => rate)).toFixed(digits)})`,
    ratio(samples, of('direct', who), 'rate'),
    ratio(samples, of(path, 'docker'), 'rate'),
    median(samples.map(({ cpuUs }) => cpuUs)).toFixed(1),
    ratio(samples, of('direct', who), 'cpuUs'),
  ]);
}

function ratio(samples, other, key) {
  if (!other) return '-';
  return median(samples.map((one, round) => one[key] / other.samples[round][key])).toFixed(2);
}
