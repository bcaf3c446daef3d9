import type { Packet } from '../../network/firewall/packet-match.ts';
import { walkHook, type Passage } from '../../network/firewall/packet-walk.ts';
import type { SavedRules } from '../../network/firewall/saved-rules.ts';
import { arrive } from './arrival.ts';
import { reasonOf } from './drop-reason.ts';
import { holderOf, type Origin } from './parties.ts';
import { isLoopback, placeText, type Target } from './target.ts';
import type { Trail } from './trail.ts';
import { HOST, type RouteAnswer, type TraceWorld } from './world.ts';

/** A packet that the host has to do with. */
export interface HostPassage {
  readonly world: TraceWorld;
  readonly origin: Origin;
  readonly trail: Trail;
  readonly address: string;
  readonly port: number;
  readonly protocol: Target['protocol'];
  readonly source: string;
  /** Interface it comes in by; empty for what the host sends itself. */
  readonly dev: string;
}

/** From where it enters the host, or is made there, to its arrival. */
export async function passHost(passage: HostPassage): Promise<boolean> {
  const { world, address, source, dev, trail } = passage;
  const incoming = dev === '' ? undefined : { from: source, dev };
  const first = await routeOf(passage, address, incoming);
  if (typeof first === 'string') return endWithoutRoute(passage, address, first);
  const packet = packetFor(passage, first);
  const [early, late] = dev === '' ? (['OUTPUT', 'OUTPUT'] as const) : (['PREROUTING', 'FORWARD'] as const);
  for (const table of ['raw', 'mangle']) {
    if (!passes(passage, { table, hook: early, packet, isQuiet: true })) return false;
  }
  const moved = translated(passage, early, packet);
  if (moved.isTranslated) bindStep(passage, 'before');
  const route = moved.isTranslated ? await routeOf(passage, moved.destination, incoming) : first;
  if (typeof route === 'string') return endWithoutRoute(passage, moved.destination, route);
  const outInterface = route.isLocal ? 'lo' : route.dev;
  const leaving = { ...moved, outInterface: dev === '' || !route.isLocal ? outInterface : '' };
  if (dev === '' && !passes(passage, { table: 'filter', hook: 'OUTPUT', packet: leaving, isQuiet: true }))
    return false;
  if (route.isLocal) return arriveHere(passage, moved);
  trail.step('route', routeText(moved.destination, route));
  if (dev !== '') {
    if (!world.forwards) return endWithoutForwarding(trail);
    if (!passes(passage, { table: 'mangle', hook: late, packet: leaving, isQuiet: true })) return false;
    if (!passes(passage, { table: 'filter', hook: late, packet: leaving, isQuiet: false })) return false;
  }
  masquerades(passage, leaving);
  return deliver(passage, leaving);
}

/** Which program or container holds the port of the host that is asked for. */
export function bindStep(
  { world, address, port, protocol, trail }: HostPassage,
  where: 'before' | 'now',
): void {
  for (const container of world.containers) {
    if (!world.isLive(container.id)) continue;
    const found = container.publishedPorts.find(
      (each) =>
        each.hostPort === port &&
        each.protocol === protocol &&
        ['', '0.0.0.0', '::', address].includes(each.hostIp),
    );
    if (!found) continue;
    const text = `${placeText(found.hostIp || '0.0.0.0', port)}/${protocol}, reserved by ${container.spec.name}`;
    if (where === 'now') trail.step('bind', text);
    else insertBeforeLast(trail, text);
    return;
  }
}

function insertBeforeLast(trail: Trail, text: string): void {
  const step = { stage: 'bind', text, notes: [], isEnd: false } as const;
  trail.steps.splice(Math.max(0, trail.steps.length - 1), 0, step);
}

function routeOf(
  { world }: HostPassage,
  to: string,
  incoming: { from: string; dev: string } | undefined,
): Promise<RouteAnswer | string> {
  return world.route(HOST, to, incoming);
}

function packetFor({ address, port, protocol, source, dev }: HostPassage, route: RouteAnswer): Packet {
  return {
    source: source || route.source || address,
    destination: address,
    protocol,
    destinationPort: port,
    inInterface: dev,
    outInterface: dev === '' ? route.dev : '',
    isTranslated: false,
    sourceIsLocal: dev === '',
    destinationIsLocal: route.isLocal,
  };
}

/** One hook of one table; the last word of the filter is shown, of others only a refusal. */
function passes(
  passage: HostPassage,
  at: { table: string; hook: string; packet: Packet; isQuiet: boolean },
): boolean {
  const { world, trail } = passage;
  const found = walkHook(rulesFor(passage), at.table, at.hook, at.packet);
  const notes = doubtNotes(found);
  if (found.verdict !== 'drop' && found.verdict !== 'reject') {
    const isWorthAWord =
      !at.isQuiet || (at.table === 'filter' && found.rule !== undefined) || notes.length > 0;
    if (isWorthAWord) trail.step('filter', passageText(found), { notes, ...packetsOf(found) });
    return true;
  }
  const receiver = holderOf(world, at.packet.destination)?.container;
  const { port } = passage;
  const why = reasonOf(world, {
    passage: found,
    table: at.table,
    sender: passage.origin.container,
    receiver,
    outInterface: at.packet.outInterface,
    port: at.packet.destinationPort || port,
  });
  return trail.end('filter', passageText(found), { ...why, notes, ...packetsOf(found) });
}

function translated(passage: HostPassage, hook: string, packet: Packet): Packet {
  const found = walkHook(rulesFor(passage), 'nat', hook, packet);
  if (found.verdict !== 'translate' || found.to === '') return packet;
  const match = /^\[?([^\]]+?)\]?:(\d+)$/.exec(found.to);
  const destination = match?.[1] ?? found.to;
  const destinationPort = Number(match?.[2] ?? packet.destinationPort);
  passage.trail.step('nat', passageText(found), { notes: doubtNotes(found), ...packetsOf(found) });
  return { ...packet, destination, destinationPort, isTranslated: true, destinationIsLocal: false };
}

function masquerades(passage: HostPassage, packet: Packet): void {
  const found = walkHook(rulesFor(passage), 'nat', 'POSTROUTING', packet);
  if (found.verdict !== 'translate') return;
  passage.trail.step('nat', passageText(found), packetsOf(found));
}

/** To a program of the host itself, or to the engine's own listener, which passes it on. */
async function arriveHere(passage: HostPassage, packet: Packet): Promise<boolean> {
  const { world, trail, origin, protocol } = passage;
  bindStep(passage, 'now');
  const incoming = { ...packet, inInterface: packet.inInterface || 'lo', outInterface: '' };
  if (!passes(passage, { table: 'filter', hook: 'INPUT', packet: incoming, isQuiet: true })) return false;
  const { destination: address, destinationPort: port } = packet;
  if (!(await arrive(world, { place: HOST, title: 'the host', address, port, protocol }, trail))) {
    explainLoopbackOnly(passage);
    return false;
  }
  const published = world.containers.find(
    (each) =>
      world.isLive(each.id) &&
      each.publishedPorts.some((one) => one.hostPort === port && one.protocol === protocol),
  );
  const behind = published?.publishedPorts.find((one) => one.hostPort === port && one.protocol === protocol);
  const place = published && world.placeOf(published);
  const endpoint = published?.endpoints.find((each) => each.ipv4Address !== '');
  if (!published || !behind || !place || !endpoint || origin.container?.id === published.id) return true;
  trail.step('bind', `the engine's own listener passes it on to ${published.spec.name}`);
  const title = published.spec.name;
  const target = { address: endpoint.ipv4Address, port: behind.containerPort, protocol };
  return arrive(world, { place, title, container: published, ...target }, trail);
}

/** A published port that is there, but for this machine alone. */
function explainLoopbackOnly({ world, trail, port, protocol, address }: HostPassage): void {
  if (isLoopback(address)) return;
  const container = world.containers.find((each) =>
    each.publishedPorts.some(
      (one) => one.hostPort === port && one.protocol === protocol && isLoopback(one.hostIp),
    ),
  );
  if (!container) return;
  trail.reason = `${container.spec.name} publishes port ${port} on 127.0.0.1 only: for programs on this machine.`;
  const { labels } = container.spec;
  const service = labels['com.docker.compose.service'];
  const project = labels['com.docker.compose.project'];
  trail.remedies.splice(0, trail.remedies.length, {
    text: `drop the 127.0.0.1 in front of "${port}:…"`,
    ...(service !== undefined && project !== undefined
      ? { composePath: ['services', service, 'ports'], project }
      : {}),
  });
}

/** To a container on one of our bridges, or to the outside, of which nothing is known here. */
async function deliver(passage: HostPassage, packet: Packet): Promise<boolean> {
  const { world, trail, protocol } = passage;
  const { destination: address, destinationPort: port, outInterface } = packet;
  const network = world.networks.find(({ bridge }) => bridge !== '' && bridge === outInterface);
  const holder = holderOf(world, address);
  const place = holder && world.placeOf(holder.container);
  if (holder && place) {
    const title = holder.container.spec.name;
    return arrive(world, { place, title, address, port, protocol, container: holder.container }, trail);
  }
  if (network) {
    return trail.end('arrive', `nobody on ${network.spec.name} has ${address}`, {
      reason: `no running container has the address ${address}.`,
      remedies: [{ text: 'see who has which address', command: 'berth ps' }],
    });
  }
  trail.step('arrive', `leaves this machine by ${outInterface}; what answers there is not seen from here`);
  return true;
}

function endWithoutRoute({ trail }: HostPassage, to: string, words: string): false {
  return trail.end('route', `no route to ${to}: ${words}`, {
    reason: `the host has no route to ${to}.`,
    remedies: [{ text: 'see its routes', command: 'ip route' }],
  });
}

function endWithoutForwarding(trail: Trail): false {
  return trail.end('route', 'net.ipv4.ip_forward is 0', {
    reason: 'the host does not forward packets.',
    remedies: [{ text: 'switch it on', command: 'sysctl -w net.ipv4.ip_forward=1' }],
  });
}

export function routeText(to: string, { dev, via }: RouteAnswer): string {
  return `${to} ${via === '' ? '' : `via ${via} `}dev ${dev}`;
}

/** `FORWARD → BERTH-FORWARD: -d 172.18.0.3/32 … -j ACCEPT`. */
function passageText({ chains, rule, verdict }: Passage): string {
  const path = chains.join(' → ');
  if (!rule) return `${path}: ${verdict === 'drop' ? 'policy DROP' : 'no rule against it'}`;
  return `${path}: ${rule.text.replace(/-m (?:tcp|udp|comment --comment (?:"[^"]*"|\S+)) /g, '')}`;
}

function packetsOf({ rule }: Passage): { packets?: number } {
  return rule ? { packets: rule.packets } : {};
}

function doubtNotes({ doubts }: Passage): string[] {
  return doubts.map((rule) => `may decide otherwise: ${rule.text}`);
}

function rulesFor({ world, address }: HostPassage): SavedRules {
  return address.includes(':') ? world.rules.ipv6 : world.rules.ipv4;
}
