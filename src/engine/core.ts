import { readText } from '../host/files.ts';
import { findLink, withNetlink } from '../host/netlink.ts';
import type { ActionHandlers, ActionKind, Step } from '../model/action.ts';
import type { StepEvent } from '../model/progress.ts';
import type { ContainerDriver } from '../container/driver.ts';
import type { ExitWatcher } from '../container/exits.ts';
import type { Resolver } from '../dns/resolver.ts';
import { nameservers } from '../dns/upstreams.ts';
import type { ZoneTable } from '../dns/zone.ts';
import type { ImageStore } from '../image/store.ts';
import type { VolumeStore } from '../image/volumes.ts';
import { diagnose } from '../host/diagnostics.ts';
import type { FirewallApplier } from '../network/firewall/applier.ts';
import type { FirewalldZone } from '../network/firewall/firewalld.ts';
import { defaultMtu } from '../network/default-mtu.ts';
import { hostRoutes } from '../network/host-routes.ts';
import type { PortTable } from '../network/ports/table.ts';
import type { EngineEvent } from './engine-api.ts';
import { runAllSteps, runSteps } from './executor.ts';
import type { OperationName } from './executor.ts';
import type { Faults } from './faults.ts';
import type { Forwarding } from './forwarding.ts';
import { randomIds } from './ids.ts';
import type { GrantedFiles } from './granted-files.ts';
import type { KeyedLock } from './keyed-lock.ts';
import type { LogReaders } from './log-readers.ts';
import { firewallStateOf, hasIpv6 } from './operations/firewall-step.ts';
import type { StepContext, TakenSubnet } from './operations/step-context.ts';
import type { Paths } from './paths.ts';
import type { LiveRecord, RecordStore } from './records.ts';
import type { EngineState } from './state.ts';
import { kindInImage, kindOnHost } from './path-kinds.ts';
import { nowText } from './time.ts';
import type { Topic } from './topic.ts';

/** The parts that the engine's services share. */
export interface Core {
  readonly paths: Paths;
  readonly owner: string;
  readonly bootId: string;
  readonly state: EngineState;
  readonly records: RecordStore;
  readonly images: ImageStore;
  readonly volumes: VolumeStore;
  readonly grantedFiles: GrantedFiles;
  readonly firewall: FirewallApplier;
  readonly firewalld: FirewalldZone;
  readonly forwarding: Forwarding;
  readonly ports: PortTable;
  readonly zone: ZoneTable;
  readonly resolver: Resolver;
  /** Finds the runtime at the first call; rejects with RUNTIME_MISSING where none works. */
  readonly driver: () => Promise<ContainerDriver>;
  readonly exits: ExitWatcher;
  /** Resolves true when the process of a container has ended, false after the time; -1 waits for ever. */
  readonly awaitEnd: (id: string, timeoutMs: number) => Promise<boolean>;
  readonly events: Topic<EngineEvent>;
  readonly progress: Topic<StepEvent>;
  /** The id of a container whose state changed. */
  readonly changes: Topic<string>;
  readonly locks: KeyedLock;
  readonly logReaders: LogReaders;
  readonly faults: Faults;
  readonly handlers: ActionHandlers<ActionKind>;
  /** Resolver ports of containers that have one. */
  readonly resolverPorts: Map<string, LiveRecord['resolver']>;
}

/** What the step builders read, from the engine as it is. */
export function contextFor(core: Core): StepContext {
  return {
    state: core.state,
    ids: randomIds,
    paths: core.paths,
    owner: core.owner,
    defaultMtu,
    linkAlias: (name) => withNetlink(undefined, (socket) => findLink(socket, name)?.alias),
    preview: false,
    now: nowText,
    processor: process.arch,
    findVolume: (name) => core.volumes.find(name),
    kindOnHost,
    kindInImage: (imageId, path) => kindInImage(core, imageId, path),
    takenSubnets: () => takenSubnets(core.state),
    networkFile: (id) => core.records.networkFile(id),
    containerFolder: (id) => core.records.containerFolder(id),
    forwardingIsOff: (family) => core.forwarding.isOff(family),
  };
}

/** Does the steps of an operation; on failure takes them back and throws. */
export async function execute(core: Core, of: OperationName, steps: readonly Step[]): Promise<void> {
  await runSteps(executorFor(core), of, steps);
}

/** Does the steps of a teardown; returns what failed. */
export async function executeAll(
  core: Core,
  of: OperationName,
  steps: readonly Step[],
): Promise<readonly unknown[]> {
  return runAllSteps(executorFor(core), of, steps);
}

/** What no new pool may overlap: our networks, every route of the host, and no default one its name servers. */
export function takenSubnets(state: EngineState): TakenSubnet[] {
  const ours = [...state.networks.values()].flatMap((network) =>
    network.pools.map((pool) => ({ cidr: pool.subnet, holder: `network ${network.spec.name}` })),
  );
  const bridges = new Set([...state.networks.values()].map((network) => network.bridge));
  const routes = hostRoutes()
    .filter((route) => !bridges.has(route.dev))
    .map((route) => ({ cidr: route.cidr, holder: `route on ${route.dev} (table ${String(route.table)})` }));
  const servers = nameservers(readText('/etc/resolv.conf') ?? '').map((address) => ({
    cidr: `${address}/${address.includes(':') ? '128' : '32'}`,
    holder: 'name server',
  }));
  return [...ours, ...routes, ...servers];
}

/** Brings rules and forwarding in line with the state; without any bridge nothing of ours stays. */
export async function applyFirewall(core: Core): Promise<void> {
  const wanted = firewallStateOf(core.state);
  if (wanted.networks.length > 0) {
    core.forwarding.on('ipv4');
    if (hasIpv6(wanted)) core.forwarding.on('ipv6');
    await Promise.all([core.firewall.apply(wanted), syncFirewalld(core)]);
  } else {
    await Promise.all([core.firewall.remove(), syncFirewalld(core)]);
    if (firewallStateOf(core.state).networks.length === 0) core.forwarding.restore('ipv4');
  }
  if (!hasIpv6(firewallStateOf(core.state))) core.forwarding.restore('ipv6');
}

/** Where it can not be told, much works still: published ports do, and the rest when it can. */
async function syncFirewalld(core: Core): Promise<void> {
  try {
    await core.firewalld.sync(firewallStateOf(core.state).networks.map(({ bridge }) => bridge));
  } catch (error) {
    diagnose('zone of firewalld', error);
  }
}

/** Writes what a container is doing, so that a new engine can take it up. */
export function saveLive(core: Core, id: string, options: { starting: boolean } = { starting: false }): void {
  const container = core.state.findContainer(id);
  const { state, spec, publishedPorts } = container;
  const live = {
    bootId: core.bootId,
    state,
    publishedPorts,
    resolver: core.resolverPorts.get(id) ?? { udpPort: 0, tcpPort: 0 },
    starting: options.starting,
  };
  const lasting = state.status === 'exited' || (spec.restartPolicy.name !== 'no' && !options.starting);
  core.records.saveLive(id, live, { lasting });
}

function executorFor(core: Core): Parameters<typeof runSteps>[0] {
  return {
    handlers: core.handlers,
    faults: core.faults,
    tell: (event) => core.progress.publish(event),
  };
}
