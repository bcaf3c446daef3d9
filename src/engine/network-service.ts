import { EngineError, TeardownError } from '../model/errors.ts';
import type { ContainerRecord } from '../model/container.ts';
import type { NetworkRecord, NetworkSpec } from '../model/network.ts';
import { optionWarnings } from '../network/bridge-options.ts';
import { applyFirewall, contextFor, execute, executeAll } from './core.ts';
import type { Core } from './core.ts';
import { sandboxResetSteps } from './operations/container-steps.ts';
import { createNetworkSteps, decideNetwork, removeNetworkSteps } from './operations/network-steps.ts';
import { nowNs } from './time.ts';

export const PREDEFINED = ['bridge', 'host', 'none'];

/** Networks: making, removing, finding. */
export class NetworkService {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  async create(spec: NetworkSpec): Promise<{ id: string; warning: string }> {
    if ([...PREDEFINED, 'default'].includes(spec.name)) {
      const text = `operation is not permitted on predefined ${spec.name} network`;
      throw new EngineError(403, 'NETWORK_PREDEFINED', text, { hint: 'choose another name' });
    }
    const network = decideNetwork(contextFor(this.#core), spec);
    await this.build(network);
    this.#publish(network, 'create');
    return { id: network.id, warning: optionWarnings(spec).join('\n') };
  }

  /** Makes what a decided network needs on the host; on failure nothing of it stays. */
  async build(network: NetworkRecord): Promise<void> {
    const { state } = this.#core;
    state.networks.set(network.id, network);
    const of = { operation: 'create', object: 'network', name: network.spec.name } as const;
    try {
      await execute(this.#core, of, createNetworkSteps(contextFor(this.#core), network));
    } catch (error) {
      state.networks.delete(network.id);
      await applyFirewall(this.#core);
      throw error;
    }
  }

  async remove(idOrName: string): Promise<void> {
    const { state, locks } = this.#core;
    const network = state.findNetwork(idOrName);
    if (PREDEFINED.includes(network.spec.name)) {
      const text = `${network.spec.name} is a pre-defined network and cannot be removed`;
      throw new EngineError(403, 'NETWORK_PREDEFINED', text);
    }
    await locks.run(`network ${network.id}`, async () => {
      this.#refuseActive(network);
      await this.#dropStoppedEndpoints(network);
      await this.demolish(network);
    });
    this.#publish(network, 'destroy');
  }

  /** Takes what a network has on the host away; goes on over failures and reports them together. */
  async demolish(network: NetworkRecord): Promise<void> {
    const of = { operation: 'remove', object: 'network', name: network.spec.name } as const;
    const failures = await executeAll(this.#core, of, removeNetworkSteps(contextFor(this.#core), network));
    if (failures.length === 0) return;
    const texts = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure)));
    throw new TeardownError('NETWORK_REMOVE_FAILED', `network ${network.spec.name}: ${texts.join('; ')}`, {
      hint: 'the next berth command tries again',
      cause: failures[0],
    });
  }

  async prune(accepts: (network: NetworkRecord) => boolean): Promise<string[]> {
    const { state } = this.#core;
    const unused = [...state.networks.values()].filter(
      (network) =>
        !PREDEFINED.includes(network.spec.name) &&
        state.endpointsOf(network.id, { liveOnly: false }).length === 0 &&
        accepts(network),
    );
    for (const network of unused) await this.remove(network.id);
    return unused.map((network) => network.spec.name);
  }

  #refuseActive(network: NetworkRecord): void {
    const active = this.#core.state.endpointsOf(network.id, { liveOnly: true });
    if (active.length === 0) return;
    const names = active.map(
      ({ container }) => `name:"${container.spec.name}" id:"${container.id.slice(0, 12)}"`,
    );
    const text = `error while removing network: network ${network.spec.name} has active endpoints (${names.join(', ')})`;
    throw new EngineError(403, 'NETWORK_IN_USE', text, {
      hint: `stop or disconnect ${active.map(({ container }) => container.spec.name).join(', ')} first`,
    });
  }

  /** A stopped container does not hold its network, as with Docker; it loses its place on it. */
  async #dropStoppedEndpoints(network: NetworkRecord): Promise<void> {
    const { state, records } = this.#core;
    for (const { container, endpoint } of state.endpointsOf(network.id, { liveOnly: false })) {
      const of = { operation: 'remove', object: 'network', name: network.spec.name } as const;
      await executeAll(this.#core, of, sandboxResetSteps(contextFor(this.#core), container));
      const next: ContainerRecord = {
        ...container,
        endpoints: container.endpoints.filter((other) => other.id !== endpoint.id),
      };
      state.replace(next);
      await records.saveContainer(next, { durable: true });
    }
  }

  #publish(network: NetworkRecord, action: string): void {
    this.#core.events.publish({
      type: 'network',
      action,
      id: network.id,
      attributes: { name: network.spec.name, type: network.spec.driver },
      timeNs: nowNs(),
    });
  }
}
