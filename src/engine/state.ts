import type { ContainerRecord, ContainerState } from '../model/container.ts';
import { EngineError } from '../model/errors.ts';
import type { EndpointRecord, NetworkRecord } from '../model/network.ts';

/**
 * What the engine knows: networks and containers, in the order of their creation. Values are never changed in
 * place, they are replaced, so a copy of the two maps is a snapshot.
 */
export class EngineState {
  readonly networks: Map<string, NetworkRecord>;
  readonly containers: Map<string, ContainerRecord>;
  /** Containers whose names and published ports are in force: starting, running or paused. */
  readonly live: Set<string>;
  /** First twelve digits of the ids of containers whose network namespace exists. */
  readonly sandboxes: Set<string>;

  constructor(from?: EngineState) {
    this.networks = new Map(from?.networks);
    this.containers = new Map(from?.containers);
    this.live = new Set(from?.live);
    this.sandboxes = new Set(from?.sandboxes);
  }

  /** By full id, exact name, or unique id prefix. */
  findNetwork(idOrName: string): NetworkRecord {
    const found = this.lookUpNetwork(idOrName);
    if (found) return found;
    throw new EngineError(404, 'NETWORK_NOT_FOUND', `network ${idOrName} not found`, {
      hint: 'berth network ls shows the networks there are',
    });
  }

  lookUpNetwork(idOrName: string): NetworkRecord | undefined {
    const wanted = idOrName === 'default' ? 'bridge' : idOrName;
    const exact =
      this.networks.get(wanted) ?? firstWhere(this.networks, (network) => network.spec.name === wanted);
    if (exact) return exact;
    const matches = idMatches(this.networks, wanted);
    if (matches.length > 1) {
      const text = `network ${idOrName} is ambiguous (${String(matches.length)} matches found on ID prefix)`;
      throw new EngineError(400, 'NETWORK_AMBIGUOUS', text, {
        hint: 'give more digits of the id, or the name',
      });
    }
    return matches[0];
  }

  /** By full id, exact name with or without a leading slash, or unique id prefix. */
  findContainer(idOrName: string): ContainerRecord {
    const found = this.lookUpContainer(idOrName);
    if (found) return found;
    throw new EngineError(404, 'CONTAINER_NOT_FOUND', `No such container: ${idOrName}`, {
      hint: 'berth ps -a shows the containers there are',
    });
  }

  lookUpContainer(idOrName: string): ContainerRecord | undefined {
    const wanted = idOrName.replace(/^\//, '');
    const exact =
      this.containers.get(wanted) ??
      firstWhere(this.containers, (container) => container.spec.name === wanted);
    if (exact) return exact;
    if (wanted.includes('/')) return this.#linked(wanted);
    const matches = idMatches(this.containers, wanted);
    if (matches.length > 1) {
      const text = `multiple IDs found with provided prefix: ${idOrName}`;
      throw new EngineError(400, 'CONTAINER_AMBIGUOUS', text, {
        hint: 'give more digits of the id, or the name',
      });
    }
    return matches[0];
  }

  /** `owner/alias`: the container that `owner` knows as `alias` through a legacy link. */
  #linked(path: string): ContainerRecord | undefined {
    const [owner = '', wanted] = path.split('/');
    for (const link of this.lookUpContainer(owner)?.spec.links ?? []) {
      const [name = '', alias = name] = link.replace(/^\//, '').split(':');
      if (alias === wanted) return this.lookUpContainer(name);
    }
    return undefined;
  }

  hasSandbox(containerId: string): boolean {
    return this.sandboxes.has(containerId.slice(0, 12));
  }

  /** Replaces what changes of a container and returns the new record. */
  update(id: string, change: Partial<ContainerState>): ContainerRecord {
    const record = this.findContainer(id);
    const next = { ...record, state: { ...record.state, ...change } };
    this.containers.set(record.id, next);
    return next;
  }

  replace(record: ContainerRecord): void {
    this.containers.set(record.id, record);
  }

  /** Attachments to a network, of all containers, or of the live ones. */
  endpointsOf(
    networkId: string,
    { liveOnly }: { liveOnly: boolean },
  ): { container: ContainerRecord; endpoint: EndpointRecord }[] {
    return [...this.containers.values()]
      .filter((container) => !liveOnly || this.live.has(container.id))
      .flatMap((container) =>
        container.endpoints
          .filter((endpoint) => endpoint.networkId === networkId)
          .map((endpoint) => ({ container, endpoint })),
      );
  }
}

function firstWhere<T>(map: ReadonlyMap<string, T>, accepts: (value: T) => boolean): T | undefined {
  for (const value of map.values()) if (accepts(value)) return value;
  return undefined;
}

function idMatches<T>(map: ReadonlyMap<string, T>, prefix: string): T[] {
  if (!/^[0-9a-f]{1,64}$/.test(prefix)) return [];
  return [...map].filter(([id]) => id.startsWith(prefix)).map(([, value]) => value);
}
