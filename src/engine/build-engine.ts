import { randomBytes } from 'node:crypto';
import { cgroupVersionOf, ownHierarchies } from '../container/cgroups.ts';
import { ContainerDriver } from '../container/driver.ts';
import { ExitWatcher } from '../container/exits.ts';
import { probeRuntime } from '../container/runtime-probe.ts';
import { Resolver } from '../dns/resolver.ts';
import { HostUpstreams } from '../dns/upstreams.ts';
import { ZoneTable } from '../dns/zone.ts';
import { diagnose } from '../host/diagnostics.ts';
import { readJson, readText } from '../host/files.ts';
import { writeFileNow } from '../host/files-now.ts';
import { watchPacketRules } from '../host/packet-rules-watch.ts';
import { ImageStore } from '../image/store.ts';
import { VolumeStore } from '../image/volumes.ts';
import { FirewallApplier } from '../network/firewall/applier.ts';
import { FirewalldZone } from '../network/firewall/firewalld.ts';
import { PortTable } from '../network/ports/table.ts';
import { AttachService } from './attach-service.ts';
import { BuildService } from './build-service.ts';
import { ContainerService } from './container-service.ts';
import { applyFirewall } from './core.ts';
import type { Core } from './core.ts';
import { DefaultBridge } from './default-bridge.ts';
import { Engine } from './engine.ts';
import { ExecService } from './exec-service.ts';
import { FaultService } from './fault-service.ts';
import { faultsFrom } from './faults.ts';
import { FirewallGuard } from './firewall-guard.ts';
import { Forwarding } from './forwarding.ts';
import { GrantedFiles } from './granted-files.ts';
import { handlersFor } from './handlers.ts';
import { HealthService } from './health-service.ts';
import { ImageService } from './image-service.ts';
import { KeyedLock } from './keyed-lock.ts';
import { LogKeepers } from './log-keepers.ts';
import { LogReaders } from './log-readers.ts';
import { LeaseService } from './lease-service.ts';
import { Lifecycle } from './lifecycle.ts';
import { NetworkService } from './network-service.ts';
import { firewallStateOf } from './operations/firewall-step.ts';
import { ownerWord } from './paths.ts';
import type { Paths } from './paths.ts';
import { RecordStore } from './records.ts';
import { recover } from './recovery.ts';
import { EngineState } from './state.ts';
import { Topic } from './topic.ts';
import { RegistryService } from './registry-service.ts';
import { VolumeService } from './volume-service.ts';

export interface EngineOptions {
  readonly paths: Paths;
  readonly version: string;
  readonly fault: string | undefined;
  readonly stop: () => void;
}

/** Puts an engine together and takes up what an earlier one left. */
export async function buildEngine(options: EngineOptions): Promise<Engine> {
  const { core, link } = await coreFor(options);
  const health = new HealthService(core);
  const registry = new RegistryService(core);
  const lifecycle = new Lifecycle(core, health);
  const networks = new NetworkService(core);
  const containers = new ContainerService(core, lifecycle);
  const defaultBridge = new DefaultBridge(core, networks);
  health.onUnhealthy((id) => lifecycle.restartUnhealthy(id));
  lifecycle.beforeStart((container) => defaultBridge.wake(container));
  lifecycle.afterEnd(async (id) => {
    await containers.removeEnded(id);
    await defaultBridge.rest();
  });
  link(lifecycle);
  await recover(core, { networks, containers, lifecycle, defaultBridge });
  core.exits.start();
  new LogKeepers(core);
  const volumes = new VolumeService(core);
  const faults = new FaultService(core);
  const leases = new LeaseService(core, { containers, networks, volumes, faults });
  await leases.takeDownLeftovers();
  const firewallGuard = guardFor(core);
  firewallGuard.start();
  return new Engine({
    core,
    info: {
      id: engineId(options.paths),
      version: options.version,
      pid: process.pid,
      root: options.paths.root,
      runRoot: options.paths.runRoot,
      socketPath: options.paths.socket,
      cgroupVersion: cgroupVersionOf(ownHierarchies()),
    },
    runtimeName: () =>
      readJson<{ runtime?: { name?: string } }>(`${options.paths.runRoot}/runtime.json`)?.runtime?.name ?? '',
    networks,
    defaultBridge,
    containers,
    lifecycle,
    attachments: new AttachService(core, { lifecycle, defaultBridge }),
    execs: new ExecService(core),
    health,
    images: new ImageService(core),
    registry,
    builds: new BuildService(core, { registry, lifecycle }),
    volumes,
    leases,
    firewallGuard,
    stop: options.stop,
  });
}

async function coreFor({
  paths,
  fault,
}: EngineOptions): Promise<{ core: Core; link: (to: Lifecycle) => void }> {
  const owner = ownerWord(paths.root);
  const images = new ImageStore({ root: paths.root });
  const volumes = new VolumeStore({ root: paths.root });
  await Promise.all([images.open(), volumes.open()]);
  const zone = new ZoneTable();
  const upstreams = new HostUpstreams();
  let lifecycle: Lifecycle | undefined;
  const core: Core = {
    paths,
    owner,
    bootId: (readText('/proc/sys/kernel/random/boot_id') ?? '').trim(),
    state: new EngineState(),
    records: new RecordStore(paths),
    images,
    volumes,
    grantedFiles: new GrantedFiles(paths.runRoot),
    firewall: new FirewallApplier({ noteFile: `${paths.runRoot}/tables` }),
    firewalld: new FirewalldZone(),
    forwarding: new Forwarding(paths.forwardingFile, owner),
    ports: new PortTable(),
    zone,
    resolver: new Resolver({ zone, upstreams: () => upstreams.current(), log: (line) => diagnose(line) }),
    driver: lazyDriver(paths, owner),
    exits: new ExitWatcher({
      runRoot: paths.runRoot,
      onExit: (id, exit) => lifecycle?.processEnded(id, exit),
    }),
    awaitEnd: (id, timeoutMs) => lifecycle?.awaitEnd(id, timeoutMs) ?? Promise.resolve(true),
    events: new Topic(),
    progress: new Topic(),
    changes: new Topic(),
    locks: new KeyedLock(),
    logReaders: new LogReaders(),
    faults: faultsFrom(fault),
    handlers: handlersFor(() => core),
    resolverPorts: new Map(),
  };
  return {
    core,
    link: (to) => {
      lifecycle = to;
    },
  };
}

function guardFor(core: Core): FirewallGuard {
  return new FirewallGuard({
    watch: (lost) =>
      watchPacketRules((owner) => {
        if (owner === 'firewalld') core.firewalld.forget();
        lost();
      }),
    mend: async () => {
      if (firewallStateOf(core.state).networks.length > 0) await applyFirewall(core);
    },
    failed: (error) => diagnose('packet rules that somebody took away', error),
  });
}

/** The runtime is looked for when the first container is made, so that an engine without one can still be asked. */
function lazyDriver(paths: Paths, cgroupParent: string): () => Promise<ContainerDriver> {
  let found: Promise<ContainerDriver> | undefined;
  const find = async (): Promise<ContainerDriver> => {
    const runtime = await probeRuntime({ runRoot: paths.runRoot, cgroupParent });
    return new ContainerDriver({ runtime, runRoot: paths.runRoot, cgroupParent });
  };
  return () => {
    found ??= find().catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
}

/** An engine keeps its id over restarts. */
function engineId(paths: Paths): string {
  const stored = readJson<{ id: string }>(paths.engineFile);
  if (stored) return stored.id;
  const id = randomBytes(16).toString('hex');
  writeFileNow(paths.engineFile, `${JSON.stringify({ id })}\n`);
  return id;
}
