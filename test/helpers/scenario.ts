import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { repository, type PrivateHost } from './host.ts';

/** The folder that a scenario's test stands in: `here(import.meta.url)`. */
export function here(url: string): string {
  return new URL('.', url).pathname.replace(/\/$/, '');
}

export function example(name: string): string {
  return `${repository}/examples/${name}`;
}

/** dockerode on the host's engine: what tests ask when they want to know what an API client sees. */
export function dockerOf(host: PrivateHost): Docker {
  return new Docker({ socketPath: host.path(`${host.runRoot}/docker.sock`) });
}

/** Starts an engine that stays until the host goes; what a client's environment needs to reach it. */
export async function startEngine(host: PrivateHost): Promise<{ DOCKER_HOST: string }> {
  host.startBerth('engine run');
  const env = { DOCKER_HOST: `unix://${host.runRoot}/docker.sock` };
  await eventually(() => host.run(['docker', 'version'], { env }));
  return env;
}

type Runs = Pick<PrivateHost, 'run'>;

/** Fetches a page. Waits a little for its server: `up -d` returns when a service runs, not when it listens. */
export async function page(from: Runs, url: string): Promise<string> {
  const argv = ['wget', '-qO-', '--no-hsts', '--no-proxy', '--tries=1', '--timeout=5', url];
  return (await eventually(() => from.run(argv))).stdout;
}

/** One line from a TCP service that speaks first. */
export async function greeting(from: Runs, address: string): Promise<string> {
  return (
    await eventually(() => from.run(['socat', '-T5', '-u', `TCP:${address},connect-timeout=5`, 'STDOUT']))
  ).stdout;
}

/** Throws unless a TCP connection is refused or dropped, or closed without a word. */
export async function expectUnreachable(from: Runs, address: string): Promise<void> {
  const command = ['socat', '-T1', '-u', `TCP:${address},connect-timeout=1`, 'STDOUT'];
  const { stdout } = await from.run(command, { allowFailure: true });
  if (stdout !== '') throw new Error(`${address} answered: ${stdout}`);
}

/** Repeats until it does not throw, for at most ten seconds. */
export async function eventually<T>(work: () => Promise<T>, limitMs = 10_000): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(50);
    }
  }
}

/** The container of a service, as `GET /containers/{id}/json` tells it. */
export async function inspect(host: PrivateHost, name: string): Promise<Docker.ContainerInspectInfo> {
  return dockerOf(host).getContainer(name).inspect();
}

/** IPv4 address on a network; the only one when no network is named. */
export async function addressOf(host: PrivateHost, name: string, network?: string): Promise<string> {
  const { Networks } = (await inspect(host, name)).NetworkSettings;
  const endpoint = network === undefined ? Object.values(Networks)[0] : Networks[network];
  if (!endpoint?.IPAddress) throw new Error(`${name} has no address on ${network ?? 'any network'}`);
  return endpoint.IPAddress;
}
