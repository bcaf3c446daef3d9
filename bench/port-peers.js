// Berth and dockerd, each on a private host with a neighbour on its LAN, driven by the same Docker client.
import { mkdirSync } from 'node:fs';
import { docker as dockerd } from './up/docker.js';
import { hasPrograms, waitFor } from './up/peer.js';
import { loadPrivateHost } from './up/private-host.js';
import { image, makeRootfs } from './up/stack.js';

/** The peers that can run here: { name, host, docker(text): output of a bash text with DOCKER_HOST set, end() }. */
export async function portPeers(folder, only) {
  const wanted = only.split(',');
  const missing = hasPrograms('docker') ?? dockerd.missing();
  if (missing) console.log(`docker: left out, as ${missing} is missing (bin/bench installs it)`);
  const rootfs = makeRootfs(folder);
  const peers = [];
  if (wanted.includes('berth')) peers.push(await berthPeer(folder, rootfs));
  if (wanted.includes('docker') && !missing) peers.push(await dockerPeer(folder, rootfs));
  return peers;
}

async function hostIn(folder, name) {
  const privateHost = await loadPrivateHost();
  mkdirSync(`${folder}/${name}`, { recursive: true });
  return await privateHost({ folder: `${folder}/${name}`, lan: true });
}

async function berthPeer(folder, rootfs) {
  const host = await hostIn(folder, 'berth');
  const engine = host.startBerth('engine run');
  const env = { DOCKER_HOST: `unix://${host.runRoot}/docker.sock` };
  await waitFor(() => host.run('docker version', { env }), 'the engine does not start');
  await host.berth(['image', 'import', rootfs, image]);
  const end = async () => {
    await engine.signal('TERM');
    await host[Symbol.asyncDispose]();
  };
  return peerOf('berth', { host, env, end });
}

async function dockerPeer(folder, rootfs) {
  const host = await hostIn(folder, 'docker');
  const { env } = await dockerd.prepare(host, { rootfs });
  return peerOf('docker', { host, env, end: () => host[Symbol.asyncDispose]() });
}

function peerOf(name, { host, env, end }) {
  const docker = async (text) => (await host.run(text, { env, timeoutMs: 600_000 })).stdout.trim();
  return { name, host, docker, end };
}

export function median(values) {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)];
}

export function tableOf(titles, rows) {
  const lines = [titles, ...rows].map((row) => row.map(String));
  const widths = titles.map((_, index) => Math.max(...lines.map((line) => line[index].length)));
  return lines
    .map((line) =>
      line
        .map((cell, index) => (index === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[index])))
        .join('  '),
    )
    .join('\n');
}
