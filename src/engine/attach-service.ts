import type { Step } from '../model/action.ts';
import type { ContainerRecord } from '../model/container.ts';
import { readText } from '../host/files.ts';
import { EngineError } from '../model/errors.ts';
import type { EndpointSettings, NetworkRecord } from '../model/network.ts';
import { endpointRemoval, endpointSteps } from '../network/endpoint-steps.ts';
import { contextFor, execute, executeAll } from './core.ts';
import type { Core } from './core.ts';
import type { DefaultBridge } from './default-bridge.ts';
import { publishAttachment } from './engine-events.ts';
import type { Lifecycle } from './lifecycle.ts';
import { changedHostsText, containerFilesOf, hostsText } from './operations/container-files.ts';
import { portSteps, usesResolver } from './operations/container-steps.ts';
import { privateMode, sandboxModeOf } from './operations/endpoints.ts';
import { joinedTo } from './operations/join-network.ts';
import { firewallStep } from './operations/firewall-step.ts';
import { defaultRouteSteps } from './operations/gateways.ts';
import { mtuOf } from './operations/network-steps.ts';
import { namespacePath } from './paths.ts';

/** `network connect` and `disconnect`, on running and on stopped containers. */
export class AttachService {
  readonly #core: Core;
  readonly #lifecycle: Lifecycle;
  readonly #defaultBridge: DefaultBridge;

  constructor(core: Core, parts: { lifecycle: Lifecycle; defaultBridge: DefaultBridge }) {
    this.#core = core;
    this.#lifecycle = parts.lifecycle;
    this.#defaultBridge = parts.defaultBridge;
  }

  async connect(networkName: string, containerName: string, settings: EndpointSettings): Promise<void> {
    const { state, locks } = this.#core;
    const { id } = state.findContainer(containerName);
    await locks.run(id, async () => {
      const container = state.findContainer(id);
      const network = state.findNetwork(networkName);
      refuseJoin(container, network);
      const joined = joinedTo(contextFor(this.#core), container, { network, settings });
      state.replace(joined);
      try {
        if (state.hasSandbox(id)) {
          await this.#defaultBridge.wake(joined);
          await this.#attach(container, joined);
        }
        await this.#core.records.saveContainer(joined, { durable: true });
      } catch (error) {
        state.replace(container);
        throw error;
      }
      if (state.live.has(id)) this.#lifecycle.announceNames(joined, this.#core.zone);
      this.#publish(network, joined, 'connect');
    });
  }

  async disconnect(networkName: string, containerName: string, force: boolean): Promise<void> {
    const { state, locks } = this.#core;
    if (force && !state.lookUpContainer(containerName)) {
      throw new EngineError(404, 'CONTAINER_NOT_FOUND', `endpoint ${containerName} not found`);
    }
    const { id } = state.findContainer(containerName);
    await locks.run(id, async () => {
      const network = state.findNetwork(networkName);
      const container = state.findContainer(id);
      if (network.spec.driver === 'host') throw hostNetworkRefusal();
      const endpoint = container.endpoints.find((candidate) => candidate.networkId === network.id);
      if (!endpoint) {
        if (force) return;
        const text = `container ${container.id} is not connected to network ${network.spec.name}`;
        throw new EngineError(403, 'NETWORK_NOT_CONNECTED', text);
      }
      const left: ContainerRecord = {
        ...container,
        spec: withoutNetwork(container, network),
        endpoints: container.endpoints.filter((candidate) => candidate.id !== endpoint.id),
      };
      state.replace(left);
      this.#core.zone.removeEndpoint(id, network.id);
      if (state.hasSandbox(id)) {
        const netns = namespacePath(contextFor(this.#core).paths, id);
        const link: Step = {
          id: `veth ${endpoint.interfaceName}`,
          title: `remove ${endpoint.interfaceName}`,
          action: endpointRemoval(endpoint, netns),
        };
        await executeAll(this.#core, operationOf(left), [
          link,
          ...defaultRouteSteps({ before: container.endpoints, after: left.endpoints }, netns),
          ...this.#ports(left),
          this.#firewall(),
          ...this.#hosts(container, left),
        ]);
      }
      await this.#core.records.saveContainer(left, { durable: true });
      this.#publish(network, left, 'disconnect');
    });
    await this.#defaultBridge.rest();
  }

  async #attach(former: ContainerRecord, container: ContainerRecord): Promise<void> {
    const context = contextFor(this.#core);
    const endpoint = container.endpoints.at(-1);
    if (!endpoint) return;
    const network = this.#core.state.findNetwork(endpoint.networkId);
    const netns = namespacePath(context.paths, container.id);
    const steps: Step[] = [
      ...endpointSteps({
        endpoint: { ...endpoint, ipv4Gateway: '', ipv6Gateway: '' },
        network,
        netns,
        owner: context.owner,
        container: container.spec.name,
        mtu: mtuOf(network),
      }),
      ...defaultRouteSteps({ before: former.endpoints, after: container.endpoints }, netns),
      ...this.#ports(container),
      this.#firewall(),
      ...this.#hosts(former, container),
    ];
    if (usesResolver(container)) {
      const resolver = { netns, container: container.id } as const;
      steps.push({
        id: 'resolver',
        title: 'resolver at 127.0.0.11',
        action: { kind: 'resolver-open', ...resolver },
      });
    }
    await execute(this.#core, operationOf(container), steps);
  }

  #firewall(): Step {
    const { state } = this.#core;
    return firewallStep(contextFor(this.#core), 'rules of its networks', {
      before: () => state,
      after: () => state,
    });
  }

  /** Its ports lead to the network of the default route, which may be another one now. */
  #ports(container: ContainerRecord): Step[] {
    if (!this.#core.state.live.has(container.id)) return [];
    const steps = portSteps(contextFor(this.#core), container);
    // Not taken back with a change that fails: they were its ports before.
    return steps.map(({ id, title, action }) => ({ id, title, action }));
  }

  #hosts(former: ContainerRecord, container: ContainerRecord): Step[] {
    if (!this.#core.state.live.has(container.id)) return [];
    const context = contextFor(this.#core);
    const path = containerFilesOf(context, container).hosts;
    const content = changedHostsText(readText(path) ?? '', {
      before: hostsText(context, former),
      after: hostsText(context, container),
    });
    return [
      { id: 'hosts', title: 'write hosts', action: { kind: 'file-write', path, content, mode: 0o644 } },
    ];
  }

  #publish(network: NetworkRecord, container: ContainerRecord, action: 'connect' | 'disconnect'): void {
    publishAttachment(this.#core, { action, network, container });
  }
}

function operationOf(container: ContainerRecord): { operation: 'start'; object: 'container'; name: string } {
  return { operation: 'start', object: 'container', name: container.spec.name };
}

function withoutNetwork(container: ContainerRecord, network: NetworkRecord): ContainerRecord['spec'] {
  const names = [network.spec.name, network.id];
  const endpoints = container.spec.endpoints.filter((endpoint) => !names.includes(endpoint.network));
  const isPrimary =
    names.includes(container.spec.networkMode) ||
    (network.spec.name === 'bridge' && ['default', 'bridge', ''].includes(container.spec.networkMode));
  if (!isPrimary) return { ...container.spec, endpoints };
  // Off its last network it stays a container with a network of its own, and may join another.
  return { ...container.spec, endpoints, networkMode: endpoints[0]?.network ?? container.spec.networkMode };
}

function hostNetworkRefusal(): EngineError {
  const text = 'container cannot be disconnected from host network or connected to host network';
  return new EngineError(403, 'NETWORK_NOT_JOINABLE', text);
}

function refuseJoin(container: ContainerRecord, network: NetworkRecord): void {
  const mode = sandboxModeOf(container.spec).kind;
  if (network.spec.driver === 'host') throw hostNetworkRefusal();
  if (mode === 'container' || mode === 'host') {
    const text =
      'container sharing network namespace with another container or host cannot be connected to any other network';
    throw new EngineError(403, 'NETWORK_NOT_JOINABLE', text);
  }
  if (mode === 'none' && container.spec.endpoints.length === 0) {
    throw privateMode();
  }
  if (container.endpoints.some((endpoint) => endpoint.networkId === network.id)) {
    const text = `endpoint with name ${container.spec.name} already exists in network ${network.spec.name}`;
    throw new EngineError(403, 'NETWORK_ALREADY_CONNECTED', text);
  }
}
