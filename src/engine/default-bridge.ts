import type { ContainerRecord } from '../model/container.ts';
import { EngineError } from '../model/errors.ts';
import type { NetworkRecord, NetworkSpec } from '../model/network.ts';
import { diagnose } from '../host/diagnostics.ts';
import { bridgeRemovalSteps } from '../network/bridge-steps.ts';
import { defaultMtu } from '../network/default-mtu.ts';
import { completePools } from '../network/ipam.ts';
import { contextFor, executeAll, takenSubnets } from './core.ts';
import type { Core } from './core.ts';
import { randomIds } from './ids.ts';
import type { NetworkService } from './network-service.ts';
import { firewallStep } from './operations/firewall-step.ts';
import type { EngineState } from './state.ts';
import { nowText } from './time.ts';

const BRIDGE = 'berth0';

/** The three networks that every engine has. The bridge of `bridge` is made only when a container needs it. */
export function predefinedNetworks(core: Core): NetworkRecord[] {
  const have = new Set([...core.state.networks.values()].map((network) => network.spec.name));
  return [
    ...(have.has('bridge') ? [] : [defaultBridgeRecord(core)]),
    ...(have.has('host') ? [] : [plainRecord('host', 'host')]),
    ...(have.has('none') ? [] : [plainRecord('none', 'null')]),
  ];
}

/** Makes the default bridge with its first container and takes it away with its last. */
export class DefaultBridge {
  readonly #core: Core;
  readonly #networks: NetworkService;
  /** Somebody looked the bridge up, perhaps to reach published ports at its gateway, as Testcontainers does. */
  #known = false;

  constructor(core: Core, networks: NetworkService) {
    this.#core = core;
    this.#networks = networks;
  }

  /** From now on its gateway answers as long as there is a container with published ports. */
  makeKnown(): void {
    this.#known = true;
  }

  /** Before a container starts: one that is on it, or that publishes ports where its gateway is known. */
  async wake(container: ContainerRecord): Promise<void> {
    const { state, locks } = this.#core;
    refuseIdleLinks(state, container);
    const { endpoints, spec } = container;
    const bridge = state.lookUpNetwork('bridge');
    // While another container wakes it, the bridge is not there yet: this one waits for the lock.
    if (!bridge || (!bridge.dormant && bridge.state === 'ready')) return;
    const { id } = bridge;
    const isOnIt = endpoints.some(({ networkId }) => networkId === id);
    if (!isOnIt && !(this.#known && isPublishing(spec))) return;
    await locks.run(`network ${id}`, async () => {
      const network = state.findNetwork(id);
      if (!network.dormant) return;
      try {
        await this.#networks.build({
          ...network,
          mtu: defaultMtu(),
          dormant: false,
          state: 'creating',
        });
      } catch (error) {
        state.networks.set(id, network);
        throw error;
      }
    });
  }

  /** After a container was removed. */
  async rest(): Promise<void> {
    const { state, locks, records } = this.#core;
    const network = state.lookUpNetwork('bridge');
    if (!network || network.dormant) return;
    await locks.run(`network ${network.id}`, async () => {
      if (state.endpointsOf(network.id, { liveOnly: false }).length > 0) return;
      if (this.#known && [...state.containers.values()].some(({ spec }) => isPublishing(spec))) return;
      const dormant: NetworkRecord = { ...network, dormant: true };
      state.networks.set(network.id, dormant);
      const context = contextFor(this.#core);
      const steps = [
        firewallStep(context, `rules of ${network.bridge}`, { before: () => state, after: () => state }),
        ...bridgeRemovalSteps(network),
      ];
      const failures = await executeAll(
        this.#core,
        { operation: 'remove', object: 'network', name: 'bridge' },
        steps,
      );
      for (const failure of failures) diagnose('default bridge', failure);
      await records.saveNetwork(dormant);
    });
  }
}

function isPublishing({ ports, publishAllPorts }: ContainerRecord['spec']): boolean {
  return ports.length > 0 || publishAllPorts;
}

/** On the default bridge a link is a line of /etc/hosts: its target must have an address. */
function refuseIdleLinks(state: EngineState, { spec, endpoints }: ContainerRecord): void {
  if (!endpoints.some(({ networkName }) => networkName === 'bridge')) return;
  for (const link of spec.links) {
    const [name = '', alias = name] = link.split(':');
    const target = state.lookUpContainer(name);
    if (!target || state.live.has(target.id)) continue;
    const text = `Cannot link to a non running container: /${target.spec.name} AS /${spec.name}/${alias}`;
    throw new EngineError(409, 'LINK_TARGET_NOT_RUNNING', text, { hint: `start ${target.spec.name} first` });
  }
}

function defaultBridgeRecord(core: Core): NetworkRecord {
  const spec = plainSpec('bridge', 'bridge');
  return {
    ...plainRecord('bridge', 'bridge'),
    spec,
    bridge: BRIDGE,
    pools: completePools(spec, takenSubnets(core.state)),
    dormant: true,
  };
}

function plainRecord(name: string, driver: NetworkSpec['driver']): NetworkRecord {
  return {
    id: randomIds.id('network', name),
    spec: plainSpec(name, driver),
    bridge: '',
    pools: [],
    created: nowText(),
    userSubnet: false,
    state: 'ready',
  };
}

function plainSpec(name: string, driver: NetworkSpec['driver']): NetworkSpec {
  return {
    name,
    driver,
    internal: false,
    attachable: false,
    enableIPv4: true,
    enableIPv6: false,
    ipam: [],
    options: {},
    labels: {},
  };
}
