import type { ContainerRecord, ContainerSpec } from '../model/container.ts';
import type { VolumeRecord } from '../model/image.ts';
import type { EndpointSettings, PublishedPort } from '../model/network.ts';
import { joinedTo } from './operations/join-network.ts';
import { EngineError } from '../model/errors.ts';
import { contextFor, takenSubnets } from './core.ts';
import type { Core } from './core.ts';
import type { ExpandedOperation, ExpandRequest } from './engine-api.ts';
import { describeSteps } from './executor.ts';
import type { OperationName } from './executor.ts';
import { previewIds } from './ids.ts';
import { createContainerSteps, decideContainer } from './operations/create-container.ts';
import {
  removeContainerSteps,
  startContainerSteps,
  stopContainerSteps,
} from './operations/container-steps.ts';
import { createNetworkSteps, decideNetwork, removeNetworkSteps } from './operations/network-steps.ts';
import type { StepContext } from './operations/step-context.ts';
import { volumeSteps } from './operations/mounts.ts';
import { EngineState } from './state.ts';
import type { Step } from '../model/action.ts';

interface Expansion {
  readonly of: OperationName;
  readonly steps: readonly Step[];
}

/**
 * The host steps that operations would take, worked out on a copy of the state: each sees what the ones before it
 * would have done. Ids are made from names, so the text is the same at every call; the real ids are random.
 */
export function expandOperations(core: Core, requests: readonly ExpandRequest[]): ExpandedOperation[] {
  const preview = previewOf(core, { describes: true });
  return requests.map((request) => {
    const { of, steps } = preview.expand(request);
    return { id: request.id, steps: describeSteps(core.handlers, of, steps) };
  });
}

/** A preview on a copy of the engine's state. Without `describes` the rules that would change are not worked out. */
export function previewOf(core: Core, { describes }: { describes: boolean }): Preview {
  const state = new EngineState(core.state);
  const volumes = new Map<string, VolumeRecord>();
  const context: StepContext = {
    ...contextFor(core),
    state,
    ids: previewIds,
    preview: describes,
    findVolume: (name) => volumes.get(name) ?? core.volumes.find(name),
    takenSubnets: () => takenSubnets(state),
  };
  return new Preview(core, context, volumes);
}

export class Preview {
  readonly #core: Core;
  readonly #context: StepContext;
  readonly #volumes: Map<string, VolumeRecord>;

  constructor(core: Core, context: StepContext, volumes: Map<string, VolumeRecord>) {
    this.#core = core;
    this.#volumes = volumes;
    this.#context = context;
  }

  expand(request: ExpandRequest): Expansion {
    switch (request.kind) {
      case 'create-network':
        return this.#createNetwork(request.spec);
      case 'remove-network':
        return this.#removeNetwork(request.name);
      case 'create-container':
        return this.#createContainer(request.spec, request.standIn === true);
      case 'rename-container':
        return this.#rename(request.name, request.to);
      case 'connect-network':
        return this.#connect(request.name, request);
      case 'start-container':
        return this.#start(request.name);
      case 'stop-container':
        return this.#stop(request.name);
      case 'remove-container':
        return this.#remove(request.name, request.volumes);
      case 'create-volume':
        return this.#createVolume(request);
      case 'remove-volume':
        return this.#removeVolume(request.name);
    }
  }

  #createNetwork(spec: Parameters<typeof decideNetwork>[1]): Expansion {
    const network = decideNetwork(this.#context, spec);
    this.#context.state.networks.set(network.id, network);
    return {
      of: { operation: 'create', object: 'network', name: spec.name },
      steps: createNetworkSteps(this.#context, network),
    };
  }

  #removeNetwork(name: string): Expansion {
    const network = this.#context.state.findNetwork(name);
    const steps = removeNetworkSteps(this.#context, network);
    const { state } = this.#context;
    state.networks.delete(network.id);
    for (const { container, endpoint } of state.endpointsOf(network.id, { liveOnly: false })) {
      state.replace({ ...container, endpoints: container.endpoints.filter(({ id }) => id !== endpoint.id) });
    }
    return { of: { operation: 'remove', object: 'network', name: network.spec.name }, steps };
  }

  #createContainer(spec: ContainerSpec, standIn: boolean): Expansion {
    const image = this.#core.images.find(spec.image);
    if (!image) throw new EngineError(404, 'IMAGE_NOT_FOUND', `No such image: ${spec.image}`);
    const volumes = { find: this.#context.findVolume };
    const context = standIn ? { ...this.#context, kindInImage: () => 'none' as const } : this.#context;
    const decision = decideContainer(context, { image, volumes, images: this.#core.images }, spec);
    this.#context.state.replace(decision.record);
    return {
      of: { operation: 'create', object: 'container', name: decision.record.spec.name },
      steps: createContainerSteps(this.#context, decision),
    };
  }

  /** Names are the engine's own: no step on the host. */
  #rename(name: string, to: string): Expansion {
    const { state } = this.#context;
    const container = state.findContainer(name);
    state.replace({ ...container, spec: { ...container.spec, name: to } });
    return { of: { operation: 'create', object: 'container', name: to }, steps: [] };
  }

  /** A stopped container takes its place on a network when it starts: no step on the host before. */
  #connect(name: string, wanted: { network: string; settings: EndpointSettings }): Expansion {
    const { state } = this.#context;
    const container = state.findContainer(name);
    const joined = joinedTo(this.#context, container, {
      network: state.findNetwork(wanted.network),
      settings: wanted.settings,
    });
    state.replace(joined);
    return { of: { operation: 'start', object: 'container', name: container.spec.name }, steps: [] };
  }

  #start(name: string): Expansion {
    const { state } = this.#context;
    const found = state.findContainer(name);
    const container = { ...found, publishedPorts: expectedPorts(found) };
    state.replace(container);
    const steps = startContainerSteps(this.#context, container);
    state.live.add(container.id);
    state.sandboxes.add(container.id.slice(0, 12));
    return { of: { operation: 'start', object: 'container', name: container.spec.name }, steps };
  }

  #stop(name: string): Expansion {
    const { state } = this.#context;
    const container = state.findContainer(name);
    const timeoutMs = (container.spec.stopTimeoutSeconds ?? 10) * 1000;
    const steps = stopContainerSteps(this.#context, container, {
      signal: container.process.stopSignal || 'SIGTERM',
      timeoutMs,
    });
    state.live.delete(container.id);
    return { of: { operation: 'stop', object: 'container', name: container.spec.name }, steps };
  }

  #remove(name: string, withVolumes: boolean): Expansion {
    const { state } = this.#context;
    const container = state.findContainer(name);
    const volumes = withVolumes
      ? container.mounts.filter((mount) => mount.anonymous).map((mount) => mount.name)
      : [];
    const steps = removeContainerSteps(this.#context, container, { volumes });
    state.containers.delete(container.id);
    state.sandboxes.delete(container.id.slice(0, 12));
    return { of: { operation: 'remove', object: 'container', name: container.spec.name }, steps };
  }

  #createVolume(request: {
    name: string;
    driver: string;
    options: Record<string, string>;
    labels: Record<string, string>;
  }): Expansion {
    const { name, driver, options, labels } = request;
    const mountpoint = `${this.#context.paths.volumes}/${name}/_data`;
    const created = this.#context.now();
    this.#volumes.set(name, { name, driver, options, labels, mountpoint, created, anonymous: false });
    const steps = volumeSteps(this.#context, [{ name, driver, options, labels, anonymous: false }]);
    return { of: { operation: 'create', object: 'volume', name }, steps };
  }

  #removeVolume(name: string): Expansion {
    const path = `${this.#context.paths.volumes}/${name}`;
    const step: Step = { id: 'remove', title: `remove volume ${name}`, action: { kind: 'tree-del', path } };
    return { of: { operation: 'remove', object: 'volume', name }, steps: [step] };
  }
}

/** Published ports as far as they can be known before they are reserved: a random one is still 0. */
function expectedPorts(container: ContainerRecord): PublishedPort[] {
  return container.spec.ports.flatMap(({ containerPort, protocol, hostIp, hostPort }) => {
    const hosts = hostIp === '' ? ['0.0.0.0', '::'] : [hostIp];
    return hosts.map((address) => ({ containerPort, protocol, hostIp: address, hostPort }));
  });
}
