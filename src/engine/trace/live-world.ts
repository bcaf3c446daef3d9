import { Resolver } from 'node:dns/promises';
import { run } from '../../host/exec.ts';
import { readText } from '../../host/files.ts';
import { openSockets } from '../../host/open-sockets.ts';
import { readSysctl } from '../../host/sysctl.ts';
import type { ContainerRecord } from '../../model/container.ts';
import { formatAddress, parseAddress } from '../../network/cidr.ts';
import { parseSavedRules, type SavedRules } from '../../network/firewall/saved-rules.ts';
import { contextFor, type Core } from '../core.ts';
import { sandboxPathFor } from '../operations/container-steps.ts';
import { HOST, type Place, type RouteAnswer, type TraceWorld } from './world.ts';

/** The machine as it is now. Throws HostError when iptables or iproute2 is missing. */
export async function liveWorld(core: Core): Promise<TraceWorld> {
  const [ipv4, ipv6, isolated, lan] = await Promise.all([
    savedRules('iptables-save'),
    savedRules('ip6tables-save'),
    isolatedPorts(),
    lanOf(),
  ]);
  const { state, zone } = core;
  return {
    owner: CHAIN_OWNER,
    containers: [...state.containers.values()],
    networks: [...state.networks.values()],
    rules: { ipv4, ipv6 },
    forwards: readSysctl('net.ipv4.ip_forward') !== '0',
    bridgesAreFiltered: readSysctl('net.bridge.bridge-nf-call-iptables') === '1',
    lan,
    isLive: (id) => state.live.has(id),
    placeOf: (container) => placeOf(core, container),
    zoneAnswer: (asker, name) => zone.lookup({ asker, name, type: 'A' }),
    hasWayOut: (asker) => zone.hasWayOut(asker),
    hostsFile: ({ pid }) => readText(pid === 0 ? '/etc/hosts' : `/proc/${String(pid)}/root/etc/hosts`) ?? '',
    askOutside,
    route,
    sockets: ({ pid }, protocol) => openSockets(protocol, pid === 0 ? undefined : pid),
    isIsolated: (hostInterface) => isolated.has(hostInterface),
  };
}

/** The firewall has one set of chains in a network namespace, whatever the root. */
const CHAIN_OWNER = 'berth';

const ASK_TIMEOUT_MS = 1500;

function placeOf(core: Core, container: ContainerRecord): Place | undefined {
  if (!core.state.live.has(container.id) || container.state.pid === 0) return undefined;
  return { netns: sandboxPathFor(contextFor(core), container), pid: container.state.pid };
}

/** IPv6 rules are absent where the kernel has no IPv6. */
async function savedRules(program: string): Promise<SavedRules> {
  const { stdout } = await run([program, '-c'], { allowFailure: program === 'ip6tables-save' });
  return parseSavedRules(stdout);
}

async function isolatedPorts(): Promise<ReadonlySet<string>> {
  const { stdout } = await run(['bridge', '-j', '-d', 'link'], { allowFailure: true });
  const links = parseJson(stdout) as readonly { ifname: string; isolated?: boolean }[];
  return new Set(links.filter(({ isolated }) => isolated === true).map(({ ifname }) => ifname));
}

/** The address by which the host reaches the rest of the world, and one that a neighbour might have. */
async function lanOf(): Promise<TraceWorld['lan']> {
  const found = await route(HOST, ANYWHERE);
  if (typeof found === 'string' || found.source === '') return undefined;
  const own = parseAddress(found.source);
  const neighbour = own ? formatAddress(own.value + 1n, own.version) : ANYWHERE;
  return { address: found.source, dev: found.dev, neighbour };
}

/** Of the range for documentation: it leads where everything leads that has no route of its own. */
const ANYWHERE = '203.0.113.1';

async function route(
  place: Place,
  to: string,
  incoming?: { readonly from: string; readonly dev: string },
): Promise<RouteAnswer | string> {
  const from = incoming ? ['from', incoming.from, 'iif', incoming.dev] : [];
  const argv = ['ip', '-j', 'route', 'get', to, ...from];
  const { stdout, stderr } = await run(argv, { netns: place.netns, allowFailure: true });
  const [found] = parseJson(stdout) as readonly RouteJson[];
  if (!found?.dev) return stderr.trim().replace(/^RTNETLINK answers: /, '') || 'Network is unreachable';
  const { dev, gateway: via = '', prefsrc: source = '', type } = found;
  return { dev, via, source, isLocal: type === 'local' };
}

/** The servers of the host are those that the engine's resolver forwards to. */
async function askOutside(name: string): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: ASK_TIMEOUT_MS, tries: 1 });
  try {
    return await resolver.resolve4(name);
  } catch {
    // No such name, or nobody to ask: a program would get no address either.
    return [];
  }
}

interface RouteJson {
  readonly dev?: string;
  readonly gateway?: string;
  readonly prefsrc?: string;
  readonly type?: string;
}

function parseJson(text: string): readonly unknown[] {
  return text.trim() === '' ? [] : (JSON.parse(text) as readonly unknown[]);
}
