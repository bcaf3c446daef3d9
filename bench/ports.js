// Throughput, requests on open connections, and new connections a second to a published port: from the host by 127.0.0.1
// and from another machine of the LAN, with Berth and with dockerd, beside the container's own address.
// `npm run bench -- ports [--seconds 2] [--rounds 2] [--only berth]`. Needs root, wrk, iperf3 and nginx.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { median, portPeers, tableOf } from './port-peers.js';
import { hasPrograms, waitFor } from './up/peer.js';
import { image } from './up/stack.js';

const LAN = '10.77.0.1';

export async function run(args = []) {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '2' },
      only: { type: 'string', default: 'berth,docker' },
    },
  });
  const missing = hasPrograms('wrk', 'iperf3', 'nginx');
  if (missing) throw new Error(`missing: ${missing}; bin/bench brings them`);
  const folder = mkdtempSync('/var/tmp/berth-bench-');
  let peers = [];
  try {
    peers = await portPeers(folder, values.only);
    for (const peer of peers) peer.address = await serve(peer);
    console.log(tableOf(TITLES, rowsOf(await measureAll(peers, values))));
  } finally {
    for (const { end } of peers) await end();
    rmSync(folder, { recursive: true, force: true });
  }
}

const TITLES = ['path', 'who', 'Gbit/s', 'x direct', 'requests/s', 'x direct', 'connections/s', 'x direct'];
const MEASURES = {
  gbit,
  requests: (path) => wrk(path, ''),
  connections: (path) => wrk(path, "-H 'Connection: close'"),
};

/** nginx and iperf3 of the host, in the namespace of a container that publishes their ports; its address. */
async function serve({ host, docker }) {
  await docker('docker network create front');
  await docker(`docker run -d --name web --network front -p 8080:80 -p 5201:5201 ${image} sleep 1000000`);
  const pid = await docker("docker inspect -f '{{.State.Pid}}' web");
  writeFileSync(`${host.folder}/nginx.conf`, nginxConf(host.folder));
  host.start(`exec nsenter -t ${pid} -n nginx -c ${host.folder}/nginx.conf -p ${host.folder}`);
  host.start(`exec nsenter -t ${pid} -n iperf3 -s`);
  await waitFor(
    () => host.run(`test $(nsenter -t ${pid} -n ss -Hlnt | grep -c -e :80 -e :5201) -ge 2`),
    'nginx and iperf3 do not start',
  );
  return await docker("docker inspect -f '{{.NetworkSettings.Networks.front.IPAddress}}' web");
}

function nginxConf(folder) {
  return `daemon off; master_process off; error_log ${folder}/nginx.log; pid ${folder}/nginx.pid;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000; client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2;
  fastcgi_temp_path ${folder}/t3; uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  server { listen 80 backlog=4096; location / { return 200 "hello\\n"; } } }
`;
}

async function measureAll(peers, { seconds, rounds }) {
  const samples = new Map();
  for (let round = 0; round < Number(rounds); round++)
    for (const [measure, take] of Object.entries(MEASURES))
      for (const path of ['direct', '127.0.0.1', 'LAN'])
        for (const peer of peers) {
          const key = `${path} ${peer.name} ${measure}`;
          samples.set(key, [...(samples.get(key) ?? []), await take({ ...whereOf(path, peer), seconds })]);
        }
  return (path, name, measure) => median(samples.get(`${path} ${name} ${measure}`) ?? []);
}

function whereOf(path, { host, address }) {
  if (path === 'direct') return { from: host, url: `http://${address}/`, iperf: `-c ${address} -p 5201` };
  if (path === 'LAN') return { from: host.lan, url: `http://${LAN}:8080/`, iperf: `-c ${LAN} -p 5201` };
  return { from: host, url: 'http://127.0.0.1:8080/', iperf: '-c 127.0.0.1 -p 5201' };
}

async function gbit({ from, iperf, seconds }) {
  const { stdout } = await waitFor(() => from.run(`iperf3 ${iperf} -t ${seconds} -J`), 'iperf3 does not run');
  return JSON.parse(stdout).end.sum_received.bits_per_second / 1e9;
}

async function wrk({ from, url, seconds }, header) {
  const { stdout } = await from.run(`wrk -t1 -c16 -d${seconds}s ${header} ${url}`);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? NaN);
}

function rowsOf(of) {
  return ['direct', '127.0.0.1', 'LAN'].flatMap((path) =>
    ['berth', 'docker']
      .filter((name) => !Number.isNaN(of('direct', name, 'gbit') ?? NaN))
      .map((name) => [
        path,
        name,
        ...Object.keys(MEASURES).flatMap((measure) => {
          const value = of(path, name, measure);
          const ratio = value / of('direct', name, measure);
          return [measure === 'gbit' ? value.toFixed(1) : Math.round(value), ratio.toFixed(2)];
        }),
      ]),
  );
}
