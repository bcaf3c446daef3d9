// The resolvers that are compared, each asked from inside a container's network namespace:
// { name, netns, address, stat (a /proc/…/stat whose processor time is counted), end() }.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { docker as dockerd } from './up/docker.js';
import { hasPrograms, waitFor } from './up/peer.js';
import { loadPrivateHost } from './up/private-host.js';
import { image, makeRootfs } from './up/stack.js';

const repository = fileURLToPath(new URL('..', import.meta.url));
const RESOLVER = '127.0.0.11';
const AARDVARK = '/usr/lib/podman/aardvark-dns';

/** Berth's resolver behind its redirect from port 53, in a namespace of its own. */
export async function berth(folder, containers) {
  const holder = await namespace('ip link set lo up');
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
  await once(createInterface({ input: child.stdout }), 'line');
  const end = async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, 'close');
    holder.end();
  };
  return { name: 'berth', netns: holder.path, address: `${RESOLVER}:53`, stat: statOf(child.pid), end };
}

/** dockerd on a private host; two containers on one network. */
export async function docker(folder) {
  if (dockerd.missing()) return undefined;
  const privateHost = await loadPrivateHost();
  mkdirSync(`${folder}/docker-host`, { recursive: true });
  const host = await privateHost({ folder: `${folder}/docker-host` });
  const { env } = await dockerd.prepare(host, { rootfs: makeRootfs(folder) });
  const run = async (text) => (await host.run(text, { env })).stdout.trim();
  await run('docker network create front');
  await run(`docker run -d --name web --network front ${image} sleep 100000`);
  await run(`docker run -d --name service-1 --network front ${image} sleep 100000`);
  const pid = await run("docker inspect -f '{{.State.Pid}}' web");
  const daemon = await run('cat /run/docker.pid');
  return {
    name: 'docker',
    netns: host.path(`/proc/${pid}/ns/net`),
    address: `${RESOLVER}:53`,
    stat: host.path(`/proc/${daemon}/stat`),
    end: () => host[Symbol.asyncDispose](),
  };
}

/** podman's server at the gateway of a bridge, with the file that netavark would write for it. */
export async function aardvark(folder) {
  if (!existsSync(AARDVARK)) return undefined;
  const holder = await namespace(
    'ip link set lo up && ip link add br0 type bridge && ip address add 10.89.0.1/24 dev br0 && ip link set br0 up',
  );
  const inner = await namespace('ip link set lo up', `--net=${holder.path}`);
  spawnSync('nsenter', [
    `--net=${holder.path}`,
    'bash',
    '-c',
    `ip link add v0 type veth peer name eth0 netns ${inner.pid} && ip link set v0 master br0 up`,
  ]);
  spawnSync('nsenter', [
    `--net=${inner.path}`,
    'bash',
    '-c',
    'ip address add 10.89.0.2/24 dev eth0 && ip link set eth0 up',
  ]);
  const config = `${folder}/aardvark`;
  mkdirSync(config);
  const line = (id, last, names) => `${id.repeat(64)} 10.89.0.${last}  ${names}\n`;
  writeFileSync(`${config}/front`, `10.89.0.1\n${line('a', 2, 'web')}${line('b', 3, 'service-1')}`);
  spawn('nsenter', [`--net=${holder.path}`, AARDVARK, '--config', config, '--port', '53', 'run']);
  const asked = ['dig', '@10.89.0.1', '+short', '+tries=1', '+time=1', 'web'];
  await waitFor(() => {
    const { stdout } = spawnSync('nsenter', [`--net=${inner.path}`, ...asked], { encoding: 'utf8' });
    if (!stdout.includes('10.89.0.2')) throw new Error(`aardvark-dns says: ${stdout}`);
  }, 'aardvark-dns does not answer');
  // It goes into the background.
  const pid = Number(readFileSync(`${config}/aardvark.pid`, 'utf8'));
  const end = async () => {
    process.kill(pid, 'SIGKILL');
    inner.end();
    holder.end();
  };
  return { name: 'aardvark', netns: inner.path, address: '10.89.0.1:53', stat: statOf(pid), end };
}

/** A server in C beside ours, when the machine has one: what the figures are worth on this machine. No redirect. */
export async function dnsmasq(folder) {
  if (hasPrograms('dnsmasq')) return undefined;
  const holder = await namespace('ip link set lo up');
  const records = ['--address=/service-1/172.18.0.3', '--address=/web/172.18.0.2'];
  const options = ['-k', '-C', '/dev/null', '-R', '-h', '-u', 'root', `--pid-file=${folder}/dnsmasq.pid`];
  const where = [`--listen-address=${RESOLVER}`, '--bind-interfaces', '--port=53'];
  const child = spawn('nsenter', [`--net=${holder.path}`, 'dnsmasq', ...options, ...where, ...records]);
  await waitFor(() => {
    if (!existsSync(`${folder}/dnsmasq.pid`)) throw new Error('no pid yet');
  }, 'dnsmasq does not start');
  const end = async () => {
    child.kill('SIGKILL');
    holder.end();
  };
  return { name: 'dnsmasq', netns: holder.path, address: `${RESOLVER}:53`, stat: statOf(child.pid), end };
}

/** A network namespace, held by a process that sleeps. */
async function namespace(setUp, inside) {
  const script = `${setUp} && echo ready && exec sleep infinity`;
  const argv = ['unshare', '-n', 'bash', '-c', script];
  const [program, ...rest] = inside === undefined ? argv : ['nsenter', inside, ...argv];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(createInterface({ input: child.stdout }), 'line');
  return { pid: child.pid, path: `/proc/${child.pid}/ns/net`, end: () => child.kill('SIGKILL') };
}

function statOf(pid) {
  return `/proc/${pid}/stat`;
}
