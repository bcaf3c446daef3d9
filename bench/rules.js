// Seconds to start a container that publishes 0, 1, 100 and 1,000 ports, and to remove it: Berth and dockerd, by the same
// Docker client. `npm run bench -- rules [--ports 0,1,100,1000] [--runs 1] [--only berth]`. Needs root.
import { mkdtempSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { median, portPeers, tableOf } from './port-peers.js';
import { image } from './up/stack.js';

export async function run(args = []) {
  const { values } = parseArgs({
    args,
    options: {
      ports: { type: 'string', default: '0,1,100,1000' },
      runs: { type: 'string', default: '1' },
      only: { type: 'string', default: 'berth,docker' },
    },
  });
  const folder = mkdtempSync('/var/tmp/berth-bench-');
  let peers = [];
  try {
    peers = await portPeers(folder, values.only);
    for (const { docker } of peers) await docker('docker network create front');
    const rows = [];
    for (const count of values.ports.split(',').map(Number)) {
      const samples = peers.map(() => []);
      for (let turn = 0; turn < Number(values.runs); turn++)
        for (const [index, peer] of peers.entries()) samples[index].push(await measure(peer, count));
      for (const [index, { name }] of peers.entries()) rows.push(rowOf(name, count, samples[index]));
      console.log(
        `${count} ports: ${peers.map(({ name }, index) => `${name} ${samples[index].map(({ start }) => start.toFixed(2)).join(' ')} s`).join(', ')}`,
      );
    }
    console.log(tableOf(['who', 'ports', 'start s', 'remove s', 'rules', 'proxies'], rows));
  } finally {
    for (const { end } of peers) await end();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure({ docker, host }, count) {
  const range = `20000-${20000 + count - 1}:10000-${10000 + count - 1}`;
  const ports = count === 0 ? '' : `-p 0.0.0.0:${count === 1 ? '20000:10000' : range}`;
  const flags = '--stop-signal KILL --network front';
  const begun = performance.now();
  await docker(`docker run -d --name web ${flags} ${ports} ${image} sleep 1000000`);
  const start = (performance.now() - begun) / 1000;
  const { stdout } = await host.run('iptables-save | grep -c DNAT; pgrep -c docker-proxy', {
    allowFailure: true,
  });
  const [rules, proxies] = stdout.trim().split('\n').map(Number);
  const ending = performance.now();
  await docker('docker rm -f web');
  return { start, remove: (performance.now() - ending) / 1000, rules, proxies };
}

function rowOf(name, count, samples) {
  const of = (key) => median(samples.map((sample) => sample[key]));
  return [name, count, of('start').toFixed(2), of('remove').toFixed(2), of('rules'), of('proxies')];
}
