import type { TraceReport, TraceRequest } from '../../model/trace.ts';
import { publishRemedy } from './drop-reason.ts';
import { leaveContainer } from './from-container.ts';
import { byMacvlan, lanEndpoint } from './macvlan.ts';
import { resolveName } from './names.ts';
import { findContainer, originOf, startCommand, type Origin } from './parties.ts';
import { isAddress, isLoopback, parseTarget, placeText, type Target } from './target.ts';
import { passHost } from './through-host.ts';
import { Trail } from './trail.ts';
import type { TraceWorld } from './world.ts';

/** A trace, and what a real attempt would try; without an address, only the name. */
export interface Traced {
  readonly report: TraceReport;
  readonly origin: Origin;
  readonly target: Target;
  readonly attempt: { readonly address: string; readonly port: number } | undefined;
}

/**
 * Follows the first packet of a connection through names, routes, translation and rules to whoever listens. Decides
 * by the facts of `world` alone.
 * @throws {EngineError} TRACE_TARGET_INVALID, TRACE_FROM_UNKNOWN, TRACE_FROM_STOPPED
 */
export async function traceConnection(world: TraceWorld, request: TraceRequest): Promise<Traced> {
  const target = parseTarget(request.to);
  const origin = originOf(world, request.from, request.project);
  const trail = new Trail();
  const about = { world, origin, target, trail, project: request.project };
  const goal = origin.kind === 'container' ? await goalOfContainer(about) : await goalOnHost(about);
  const reachable = goal?.isOpen === true && (await go({ ...about, ...goal }));
  const { steps, remedies, reason } = trail;
  const report = {
    from: origin.title,
    to: request.to,
    steps,
    reachable,
    reason: reachable ? '' : reason,
    remedies,
  };
  return { report, origin, target, attempt: goal && { address: goal.address, port: goal.port } };
}

interface About {
  readonly world: TraceWorld;
  readonly origin: Origin;
  readonly target: Target;
  readonly trail: Trail;
  readonly project: string | undefined;
}

/** What is aimed at. Not open: known already to lead nowhere, though an attempt may be made. */
interface Goal {
  readonly address: string;
  readonly port: number;
  readonly isOpen: boolean;
}

async function goalOfContainer(about: About): Promise<Goal | undefined> {
  const address = await resolveName(about.world, about);
  return address === undefined ? undefined : { address, port: about.target.port, isOpen: true };
}

/** The host and its neighbours know no names of ours: a service means the port that it publishes. */
async function goalOnHost(about: About): Promise<Goal | undefined> {
  const { world, origin, target, trail } = about;
  const { host, port } = target;
  if (isAddress(host)) return addressGoal(about);
  if (host === 'host' || (host === 'localhost' && origin.kind === 'host')) {
    return { address: ownAddress(about), port, isOpen: true };
  }
  const container = findContainer(world, host, about.project);
  if (!container) {
    const address = await resolveName(world, { ...about, origin: { ...origin, container: undefined } });
    return address === undefined ? undefined : { address, port, isOpen: true };
  }
  if (!world.isLive(container.id)) {
    trail.end('bind', `${container.spec.name} is ${container.state.status}`, {
      reason: `${container.spec.name} does not run, so its ports are free.`,
      remedies: [{ text: `start ${host}`, command: startCommand(container) }],
    });
    return undefined;
  }
  return publishedGoal(about, container);
}

function addressGoal({ origin, target, trail }: About): Goal {
  const { host: address, port } = target;
  if (origin.kind !== 'lan' || !isLoopback(address)) return { address, port, isOpen: true };
  trail.end('route', `${address} is the neighbour's own loopback`, {
    reason: `${address} means the machine that asks, not this one.`,
    remedies: [{ text: 'give the name of a service, or an address of this machine' }],
  });
  return { address, port, isOpen: false };
}

function publishedGoal(about: About, container: NonNullable<ReturnType<typeof findContainer>>): Goal {
  const { world, origin, target, trail } = about;
  const { port, protocol } = target;
  const ports = container.publishedPorts.filter(
    (each) => each.protocol === protocol && !each.hostIp.includes(':'),
  );
  const suiting = [
    ...ports.filter(({ hostPort }) => hostPort === port),
    ...ports.filter(({ containerPort }) => containerPort === port),
  ];
  const outward = suiting.find(({ hostIp }) => origin.kind === 'host' || !isLoopback(hostIp)) ?? suiting[0];
  if (outward) {
    const isAnywhere = ['', '0.0.0.0'].includes(outward.hostIp);
    const isOutOfReach = origin.kind === 'lan' && isLoopback(outward.hostIp);
    const address = isAnywhere || isOutOfReach ? ownAddress(about) : outward.hostIp;
    const note = outward.hostPort === port ? '' : `, published on port ${outward.hostPort}`;
    trail.step('name', `${target.host}  →  ${placeText(address, outward.hostPort)}${note}`);
    return { address, port: outward.hostPort, isOpen: true };
  }
  const address = container.endpoints.find(({ ipv4Address }) => ipv4Address !== '')?.ipv4Address;
  if (address === undefined) return { address: ownAddress(about), port, isOpen: true };
  const onLan = lanEndpoint(world, container);
  if (onLan && (origin.kind === 'lan' || onLan.ipv4Address === address)) {
    trail.step('name', `${target.host}  →  ${placeText(onLan.ipv4Address, port)}, its address on the LAN`);
    return { address: onLan.ipv4Address, port, isOpen: true };
  }
  if (origin.kind === 'host') {
    trail.step('name', `${target.host}  →  ${placeText(address, port)}`, {
      notes: ['it does not publish this port; the host reaches its own address, which may change'],
    });
    return { address, port, isOpen: true };
  }
  trail.end('bind', `${container.spec.name} does not publish ${port}/${protocol}`, {
    reason: `${container.spec.name} does not publish port ${port}.`,
    remedies: [publishRemedy(container, port)],
  });
  return { address, port, isOpen: false };
}

function ownAddress({ world, origin }: About): string {
  return origin.kind === 'lan' ? (world.lan?.address ?? '127.0.0.1') : '127.0.0.1';
}

async function go(about: About & Goal): Promise<boolean> {
  const { world, origin, trail, target, address, port } = about;
  const { protocol } = target;
  const common = { world, origin, trail, address, port, protocol };
  const decided = await byMacvlan(common);
  if (decided !== undefined) return decided;
  if (origin.kind === 'container') return leaveContainer(common);
  if (origin.kind === 'host') return passHost({ ...common, source: '', dev: '' });
  if (!world.lan) {
    return trail.end('route', 'this machine is on no LAN', {
      reason: 'no interface of this machine leads to neighbours.',
    });
  }
  return passHost({ ...common, source: world.lan.neighbour, dev: world.lan.dev });
}
