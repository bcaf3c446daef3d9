import { randomBytes } from 'node:crypto';
import { EngineError, TeardownError } from '../model/errors.ts';
import type { Fault } from '../model/fault.ts';
import { LEASE_LABEL, type LeaseGrant } from '../model/lease.ts';
import { diagnose } from '../host/diagnostics.ts';
import { deleteLinks, withNetlinkLater } from '../host/netlink.ts';
import type { ContainerRecord } from '../model/container.ts';
import type { NetworkRecord } from '../model/network.ts';
import type { ContainerService } from './container-service.ts';
import { applyFirewall } from './core.ts';
import type { Core } from './core.ts';
import type { FaultService } from './fault-service.ts';
import type { NetworkService } from './network-service.ts';
import type { VolumeService } from './volume-service.ts';

export interface LeaseServices {
  readonly containers: ContainerService;
  readonly networks: NetworkService;
  readonly volumes: VolumeService;
  readonly faults: FaultService;
}

interface LeasedStack {
  readonly id: string;
  readonly holders: Set<string>;
  /** Those who asked for a stack that is being made or taken down. */
  readonly waiting: ((grant: LeaseGrant) => void)[];
  /** What is being made for it at this moment. */
  readonly creations: Set<Promise<unknown>>;
  phase: 'making' | 'ready' | 'ending';
  ended: Promise<void>;
}

/**
 * Stacks that live as long as somebody holds them. A holder is a connection: when it breaks, however it breaks, the
 * stack of its last holder is taken down at once.
 */
export class LeaseService {
  readonly #core: Core;
  readonly #services: LeaseServices;
  readonly #stacks = new Map<string, LeasedStack>();

  constructor(core: Core, services: LeaseServices) {
    this.#core = core;
    this.#services = services;
  }

  /** Stacks are held, or on their way out: the engine stays for them. */
  get isBusy(): boolean {
    return this.#stacks.size > 0;
  }

  /**
   * Resolves when the stack is the caller's: to make when nobody else has it, else once its maker says that it is
   * ready. Without a key nobody else gets it. Undefined when the caller went away before.
   */
  async open(key: string | undefined, signal: AbortSignal): Promise<LeaseGrant | undefined> {
    const stackId = key ?? randomBytes(8).toString('hex');
    const stack = this.#stacks.get(stackId);
    if (!stack) return this.#begin(stackId);
    if (stack.phase === 'ready') return this.#join(stack);
    return new Promise((resolve) => {
      stack.waiting.push(resolve);
      signal.addEventListener('abort', () => {
        const at = stack.waiting.indexOf(resolve);
        if (at >= 0) stack.waiting.splice(at, 1);
        resolve(undefined);
      });
    });
  }

  /** The maker says that the stack is up: whoever waits for it may use it. */
  ready(lease: string): void {
    const stack = this.#stackOf(lease);
    stack.phase = 'ready';
    for (const grant of stack.waiting.splice(0)) grant(this.#join(stack));
  }

  /** Puts faults in the place of those that the holder asked for before; they end with its lease. */
  async setFaults(lease: string, faults: readonly Fault[]): Promise<void> {
    await this.#services.faults.set({ stack: this.#stackOf(lease).id, lease, faults });
  }

  /** Gives the lease up; resolves when all that goes with it is gone. @throws {TeardownError} with what stayed. */
  async close(lease: string): Promise<void> {
    const stack = [...this.#stacks.values()].find(({ holders }) => holders.has(lease));
    if (!stack) return;
    stack.holders.delete(lease);
    const { faults } = this.#services;
    if (stack.holders.size > 0) return faults.set({ stack: stack.id, lease, faults: [] });
    faults.forget(stack.id);
    stack.phase = 'ending';
    stack.ended = this.#end(stack);
    await stack.ended;
  }

  /**
   * Does `create` when the object's lease, if it has one, is still held; what is made while its holder vanishes goes
   * with the rest.
   * @throws {EngineError} LEASE_OVER
   */
  async admit<T>(labels: Readonly<Record<string, string>>, create: () => Promise<T>): Promise<T> {
    const stackId = labels[LEASE_LABEL];
    if (stackId === undefined) return create();
    const stack = this.#stacks.get(stackId);
    if (!stack || stack.phase === 'ending') throw leaseOver(stackId);
    const creation = create();
    stack.creations.add(creation);
    try {
      return await creation;
    } finally {
      stack.creations.delete(creation);
    }
  }

  /** Takes down what an engine before this one left under its leases: their holders lost it. */
  async takeDownLeftovers(): Promise<void> {
    const { state, volumes } = this.#core;
    const labels = [
      ...[...state.containers.values()].map(({ process }) => process.labels),
      ...[...state.networks.values()].map(({ spec }) => spec.labels),
      ...volumes.list().map((volume) => volume.labels),
    ];
    const ids = new Set(labels.flatMap((own) => own[LEASE_LABEL] ?? []));
    await Promise.all([...ids].map((id) => this.#takeDown(id).catch(reportLeftover)));
  }

  /** Resolves when every stack whose holders are gone is gone too. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#stacks.values()].map(({ ended }) => ended));
  }

  /** Ends every lease: the engine is about to leave. */
  async closeAll(): Promise<void> {
    const leases = [...this.#stacks.values()].flatMap(({ holders }) => [...holders]);
    await Promise.all(leases.map((lease) => this.close(lease).catch(reportLeftover)));
    await this.settled();
  }

  #begin(id: string): LeaseGrant {
    const stack: LeasedStack = {
      id,
      holders: new Set(),
      waiting: [],
      creations: new Set(),
      phase: 'making',
      ended: Promise.resolve(),
    };
    this.#stacks.set(id, stack);
    return { ...this.#join(stack), maker: true };
  }

  #join(stack: LeasedStack): LeaseGrant {
    const lease = randomBytes(8).toString('hex');
    stack.holders.add(lease);
    return { lease, stack: stack.id, maker: false };
  }

  async #end(stack: LeasedStack): Promise<void> {
    try {
      await Promise.allSettled(stack.creations);
      await this.#takeDown(stack.id);
    } finally {
      this.#stacks.delete(stack.id);
      const [next, ...others] = stack.waiting;
      if (next) next(this.#begin(stack.id));
      this.#stacks.get(stack.id)?.waiting.push(...others);
      // The engine may leave now.
      this.#core.changes.publish(stack.id);
    }
  }

  /** Nobody waits for a farewell: SIGKILL, the wires cut, all at once, then networks and volumes. */
  async #takeDown(stackId: string): Promise<void> {
    const { state, volumes } = this.#core;
    const isOurs = (labels: Readonly<Record<string, string>>): boolean => labels[LEASE_LABEL] === stackId;
    const containers = [...state.containers.values()].filter(({ process }) => isOurs(process.labels));
    const networks = [...state.networks.values()].filter(({ spec }) => isOurs(spec.labels));
    const failures = await gather([
      ...containers.map(({ id }) => this.#services.containers.remove(id, { force: true, volumes: true })),
      this.#dismantle(networks, containers),
    ]);
    const ours = volumes.list().filter((volume) => isOurs(volume.labels));
    failures.push(
      ...(await gather([
        ...networks.map(({ id }) => this.#services.networks.remove(id)),
        ...ours.map(({ name }) => this.#services.volumes.remove(name, true)),
      ])),
    );
    if (failures.length > 0) throw leftovers(failures);
  }

  /**
   * Rules, bridges and wires go while the processes end: the kernel takes longer for them than for all else. Those
   * of a network that somebody else's container is on stay.
   */
  async #dismantle(
    networks: readonly NetworkRecord[],
    containers: readonly ContainerRecord[],
  ): Promise<void> {
    const { state } = this.#core;
    const leaving = new Set(containers.map(({ id }) => id));
    const unshared = networks.filter(({ id }) =>
      state.endpointsOf(id, { liveOnly: false }).every(({ container }) => leaving.has(container.id)),
    );
    for (const network of unshared) state.networks.set(network.id, { ...network, state: 'removing' });
    const wires = containers.flatMap(({ endpoints }) => endpoints.map(({ hostInterface }) => hostInterface));
    const bridges = unshared.map(({ bridge }) => bridge);
    const failures = await gather([
      unshared.length > 0 ? applyFirewall(this.#core) : Promise.resolve(),
      withNetlinkLater(undefined, (socket) => deleteLinks(socket, [...bridges, ...wires])),
    ]);
    if (failures.length > 0) throw failures[0];
  }

  #stackOf(lease: string): LeasedStack {
    const stack = [...this.#stacks.values()].find(({ holders }) => holders.has(lease));
    if (!stack) throw leaseOver(lease);
    return stack;
  }
}

/** Errors of all of them; what is gone already is none. */
async function gather(work: readonly Promise<unknown>[]): Promise<unknown[]> {
  const results = await Promise.allSettled(work);
  return results.flatMap((result) =>
    result.status === 'rejected' && !isAbsence(result.reason) ? [result.reason as unknown] : [],
  );
}

function isAbsence(error: unknown): boolean {
  return error instanceof EngineError && error.status === 404;
}

function leaseOver(id: string): EngineError {
  return new EngineError(409, 'LEASE_OVER', `lease ${id} is over: nobody holds it any more`, {
    hint: 'bring the stack up again',
  });
}

function leftovers(failures: readonly unknown[]): TeardownError {
  const texts = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure)));
  return new TeardownError(
    'LEASE_TEARDOWN_FAILED',
    `of a leased stack something stayed: ${texts.join('; ')}`,
    {
      hint: 'the next start of the engine tries again',
      cause: failures[0],
    },
  );
}

function reportLeftover(error: unknown): void {
  diagnose('end of a lease', error);
}
