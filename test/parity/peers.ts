import { setTimeout as delay } from 'node:timers/promises';
import { neighbourLanAddress, privateHost, repository } from '../helpers/host.ts';
import type { PrivateHost, Running } from '../helpers/host.ts';
import { image, questionsLog } from './prelude.ts';

/** An engine on a host of its own, beside a neighbour on the LAN that answers names. */
export interface Peer extends AsyncDisposable {
  readonly name: string;
  readonly host: PrivateHost;
  /** For `docker`. */
  readonly env: Readonly<Record<string, string>>;
}

export interface PeerOptions {
  /** `docker save` archive of the image. */
  readonly archive: string;
  /** Folder with dockerd, containerd, docker-proxy and docker, which go before those of the machine. */
  readonly dockerPrograms?: string;
}

export async function dockerPeer(options: PeerOptions & { readonly dockerPrograms: string }): Promise<Peer> {
  const { host, processes } = await hostWithNames();
  const path = `${options.dockerPrograms}:${process.env['PATH'] ?? ''}`;
  const env = { DOCKER_HOST: 'unix:///run/docker.sock', PATH: path };
  const daemon = `exec ${options.dockerPrograms}/dockerd -H $DOCKER_HOST --data-root ${host.folder}/docker --exec-root /run/docker --pidfile /run/docker.pid
    --storage-driver overlay2 --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent /${host.owner} --experimental --ip6tables`;
  processes.push(host.start(`${daemon.replaceAll('\n', ' ')} > dockerd.log 2>&1`, { env }));
  await until(
    () => host.run('docker version', { env }),
    `dockerd does not start: ${host.folder}/dockerd.log`,
  );
  return await ready({ name: 'docker', host, env, processes, options });
}

export async function berthPeer(options: PeerOptions): Promise<Peer> {
  const { host, processes } = await hostWithNames();
  const path = [options.dockerPrograms ?? [], process.env['PATH'] ?? []].flat().join(':');
  processes.push(host.startBerth('engine run'));
  const env = { DOCKER_HOST: `unix://${host.runRoot}/docker.sock`, PATH: path };
  await until(() => host.run('docker version', { env }), 'the engine does not start');
  return await ready({ name: 'berth', host, env, processes, options });
}

async function hostWithNames(): Promise<{ host: PrivateHost; processes: Running[] }> {
  const host = await privateHost({ lan: true, resolvConf: `nameserver ${neighbourLanAddress}\n` });
  const server = `${repository}/test/helpers/dns-server.mjs ${neighbourLanAddress} far.test=192.0.2.10`;
  const upstream = host.lan.start(`exec node ${server} > ${questionsLog}`);
  await until(() => host.run(`grep ready ${questionsLog}`), 'the name server does not start');
  return { host, processes: [upstream] };
}

async function ready(parts: {
  name: string;
  host: PrivateHost;
  env: Record<string, string>;
  processes: Running[];
  options: PeerOptions;
}): Promise<Peer> {
  const { name, host, env, processes, options } = parts;
  await host.run(['docker', 'load', '-q', '-i', options.archive], { env });
  await host.run(['docker', 'image', 'inspect', '-f', '{{.Os}}', image], { env });
  return {
    name,
    host,
    env,
    [Symbol.asyncDispose]: async () => {
      for (const running of processes.toReversed()) await running.signal('TERM');
      await host[Symbol.asyncDispose]();
    },
  };
}

async function until(work: () => Promise<unknown>, failure: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw new Error(failure, { cause: error });
      await delay(100);
    }
  }
}
