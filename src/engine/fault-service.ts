import type { Action, Step } from '../model/action.ts';
import type { ContainerRecord } from '../model/container.ts';
import type { Fault } from '../model/fault.ts';
import { LEASE_LABEL } from '../model/lease.ts';
import type { NameOverride } from '../dns/zone.ts';
import { diagnose } from '../host/diagnostics.ts';
import { partitionRulesFor, type NamespaceRules } from '../network/firewall/partition.ts';
import { contextFor, execute, executeAll } from './core.ts';
import type { Core } from './core.ts';
import { ownsSandbox, sandboxPathFor } from './operations/container-steps.ts';

const SERVICE_LABEL = 'com.docker.compose.service';

interface StackFaults {
  /** Lease → what it asked for. */
  readonly byLease: Map<string, readonly Fault[]>;
  inForce: InForce;
}

/** What is in force, by namespace and by link. */
interface InForce {
  readonly dropped: ReadonlyMap<string, NamespaceRules['dropped']>;
  readonly rates: ReadonlyMap<string, LinkRate>;
}

interface LinkRate {
  readonly link: string;
  /** Absent: the host's. */
  readonly netns?: string;
  readonly bitsPerSecond: number;
}

const NOTHING: InForce = { dropped: new Map(), rates: new Map() };

/** Faults that tests ask for: what is in force follows from what is asked for and from what runs. */
export class FaultService {
  readonly #core: Core;
  readonly #stacks = new Map<string, StackFaults>();

  constructor(core: Core) {
    this.#core = core;
    core.changes.listen((id) => this.#containerChanged(id));
  }

  /** Puts all faults of a lease in the place of those that it had. Resolves when they are in force. */
  async set(about: {
    readonly stack: string;
    readonly lease: string;
    readonly faults: readonly Fault[];
  }): Promise<void> {
    const { stack, lease, faults } = about;
    const known = this.#stacks.get(stack);
    if (!known && faults.length === 0) return;
    const entry = known ?? { byLease: new Map(), inForce: NOTHING };
    this.#stacks.set(stack, entry);
    if (faults.length === 0) entry.byLease.delete(lease);
    else entry.byLease.set(lease, faults);
    await this.#apply(stack, { again: false });
    if (entry.byLease.size === 0) this.#stacks.delete(stack);
  }

  /** The stack goes: nothing of it needs to be mended. */
  forget(stack: string): void {
    if (!this.#stacks.delete(stack)) return;
    for (const { id } of this.#containersOf(stack)) this.#core.zone.setOverrides(id, []);
  }

  /** A container of a stack with faults came up, perhaps in another namespace or with other addresses. */
  #containerChanged(id: string): void {
    const stack = this.#core.state.containers.get(id)?.process.labels[LEASE_LABEL];
    if (stack === undefined || !this.#stacks.has(stack)) return;
    this.#apply(stack, { again: true }).catch((error: unknown) => diagnose('faults of a test', error));
  }

  /** Brings the machine to what is asked for. `again`: what is thought to be in force may not be. */
  async #apply(stack: string, { again }: { again: boolean }): Promise<void> {
    await this.#core.locks.run(`faults ${stack}`, async () => {
      const entry = this.#stacks.get(stack);
      if (!entry) return;
      const faults = [...entry.byLease.values()].flat();
      const containers = this.#containersOf(stack);
      for (const { id } of containers) this.#core.zone.setOverrides(id, overridesOf(faults));
      const wanted = {
        dropped: droppedBy(this.#core, faults, containers),
        rates: ratesOf(this.#core, faults, containers),
      };
      const of = { operation: 'change', object: 'network', name: 'faults' } as const;
      const ends = endSteps(entry.inForce, wanted);
      for (const failure of await executeAll(this.#core, of, ends)) diagnose('end of a fault', failure);
      const begins = beginSteps(again ? NOTHING : entry.inForce, wanted);
      entry.inForce = wanted;
      await execute(this.#core, of, begins);
    });
  }

  #containersOf(stack: string): ContainerRecord[] {
    return [...this.#core.state.containers.values()].filter(
      ({ process }) => process.labels[LEASE_LABEL] === stack,
    );
  }
}

function droppedBy(
  core: Core,
  faults: readonly Fault[],
  containers: readonly ContainerRecord[],
): InForce['dropped'] {
  const rules = partitionRulesFor({
    containers: containers.flatMap((container) => {
      const netns = namespaceOf(core, container);
      const addresses = addressesOf(core, container);
      return netns === undefined ? [] : [{ id: container.id, netns, addresses }];
    }),
    partitions: faults.flatMap((fault) =>
      fault.kind === 'partition'
        ? [{ left: idsOf(containers, fault.left), right: idsOf(containers, fault.right) }]
        : [],
    ),
    isolated: faults.flatMap((fault) => (fault.kind === 'isolate' ? idsOf(containers, fault.services) : [])),
  });
  return new Map(rules.map(({ netns, dropped }) => [netns, dropped]));
}

/** Both ends of each wire: what a container sends, and what comes to it. The last limit counts. */
function ratesOf(
  core: Core,
  faults: readonly Fault[],
  containers: readonly ContainerRecord[],
): InForce['rates'] {
  const rates = faults.flatMap((fault) => {
    if (fault.kind !== 'limit') return [];
    const ids = idsOf(containers, fault.services);
    const limited = containers.filter((container) => ids.includes(container.id) && ownsSandbox(container));
    return limited.flatMap((container): LinkRate[] => {
      const netns = namespaceOf(core, container);
      if (netns === undefined) return [];
      const { bitsPerSecond } = fault;
      return container.endpoints.flatMap(({ interfaceName, hostInterface }) => [
        { link: interfaceName, netns, bitsPerSecond },
        { link: hostInterface, bitsPerSecond },
      ]);
    });
  });
  return new Map(rates.map((rate) => [`${rate.netns ?? ''} ${rate.link}`, rate]));
}

function overridesOf(faults: readonly Fault[]): NameOverride[] {
  return faults.flatMap((fault) =>
    fault.kind === 'dns' ? [{ name: fault.name, answer: fault.answer }] : [],
  );
}

function beginSteps(had: InForce, wanted: InForce): Step[] {
  const rules = [...wanted.dropped].flatMap(([netns, dropped]) => {
    const before = had.dropped.get(netns) ?? [];
    if (JSON.stringify(before) === JSON.stringify(dropped)) return [];
    return partitionSteps(netns, dropped, familiesOf(before, dropped));
  });
  const rates = [...wanted.rates].flatMap(([key, rate]) =>
    had.rates.get(key)?.bitsPerSecond === rate.bitsPerSecond ? [] : [rateStep(rate)],
  );
  return [...rules, ...rates];
}

function endSteps(had: InForce, wanted: InForce): Step[] {
  const rules = [...had.dropped].flatMap(([netns, dropped]) =>
    wanted.dropped.has(netns) ? [] : partitionSteps(netns, [], familiesOf(dropped, [])),
  );
  const rates = [...had.rates].flatMap(([key, rate]) =>
    wanted.rates.has(key) ? [] : [rateStep({ ...rate, bitsPerSecond: 0 })],
  );
  return [...rules, ...rates];
}

function partitionSteps(
  netns: string,
  dropped: NamespaceRules['dropped'],
  families: readonly ('ipv4' | 'ipv6')[],
): Step[] {
  const whom = dropped === 'all' ? 'anybody' : dropped.join(', ') || 'nobody: all are heard again';
  return families.map((family) => {
    const action: Action = { kind: 'partition', netns, family, dropped };
    return { id: `partition ${netns} ${family}`, title: `hears not ${whom}`, action };
  });
}

function rateStep(rate: LinkRate): Step {
  const title = rate.bitsPerSecond === 0 ? 'no limit' : `${String(rate.bitsPerSecond)} bit/s at most`;
  return { id: `rate ${rate.netns ?? ''} ${rate.link}`, title, action: { kind: 'link-rate', ...rate } };
}

function familiesOf(...all: readonly NamespaceRules['dropped'][]): ('ipv4' | 'ipv6')[] {
  const hasIpv6 = all.some((one) => one === 'all' || one.some((address) => address.includes(':')));
  return hasIpv6 ? ['ipv4', 'ipv6'] : ['ipv4'];
}

function idsOf(containers: readonly ContainerRecord[], services: readonly string[]): string[] {
  return containers
    .filter(({ process }) => services.includes(process.labels[SERVICE_LABEL] ?? ''))
    .map(({ id }) => id);
}

/** Where it runs, when that exists. */
function namespaceOf(core: Core, container: ContainerRecord): string | undefined {
  if (ownsSandbox(container)) {
    return core.state.hasSandbox(container.id) ? sandboxPathFor(contextFor(core), container) : undefined;
  }
  return core.state.live.has(container.id) ? sandboxPathFor(contextFor(core), container) : undefined;
}

/** Those of the namespace that it joined, where it has none of its own. */
function addressesOf(core: Core, container: ContainerRecord): string[] {
  const netns = namespaceOf(core, container);
  const owner = [...core.state.containers.values()].find(
    (other) => ownsSandbox(other) && namespaceOf(core, other) === netns,
  );
  return (owner ?? container).endpoints
    .flatMap(({ ipv4Address, ipv6Address }) => [ipv4Address, ipv6Address])
    .filter((address) => address !== '');
}
