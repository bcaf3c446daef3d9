import type { ContainerRecord, ContainerState } from '../model/container.ts';
import type { NetworkRecord } from '../model/network.ts';
import { isLeased } from '../model/lease.ts';
import { readJson, readText, removeTree, writeFileAtomic } from '../host/files.ts';
import { listFolder, removeFileNow, replaceFileNow } from '../host/files-now.ts';
import type { Paths } from './paths.ts';

/** What a living container needs to be taken up again after the engine died. */
export interface LiveRecord {
  /** Boot in which this was true; after a reboot nothing of it holds. */
  readonly bootId: string;
  readonly state: ContainerState;
  readonly publishedPorts: ContainerRecord['publishedPorts'];
  /** Ports of the resolver's sockets inside the namespace; 0 when it has none. */
  readonly resolver: { readonly udpPort: number; readonly tcpPort: number };
  /** A start began and did not report its end. */
  readonly starting: boolean;
}

interface StoredContainer {
  readonly record: ContainerRecord;
  readonly live: LiveRecord | undefined;
}

/**
 * The records on disk: one JSON file an object. What the object *is* is written durably (temporary name, fsync,
 * rename) before the machine is touched; what it is *doing* is written without fsync, as a crash of the machine
 * ends that anyway. So does it with what a test holds: nobody takes that up again.
 */
export class RecordStore {
  readonly #paths: Paths;

  constructor(paths: Paths) {
    this.#paths = paths;
  }

  networkFile(id: string): string {
    return `${this.#paths.networks}/${id}.json`;
  }

  containerFolder(id: string): string {
    return `${this.#paths.containers}/${id}`;
  }

  containerFile(id: string): string {
    return `${this.containerFolder(id)}/container.json`;
  }

  async saveNetwork(network: NetworkRecord): Promise<void> {
    const text = JSON.stringify(network, null, 1);
    await writeFileAtomic(this.networkFile(network.id), text, { durable: !isLeased(network.spec.labels) });
  }

  async forgetNetwork(id: string): Promise<void> {
    await removeTree(this.networkFile(id));
  }

  async saveContainer(container: ContainerRecord, options: { durable: boolean }): Promise<void> {
    const durable = options.durable && !isLeased(container.process.labels);
    await writeFileAtomic(this.containerFile(container.id), JSON.stringify(container), { durable });
  }

  /**
   * Kept in the run root, which is memory: a reboot ends what it tells of. `lasting` also puts it on the disk, for
   * what must outlive a reboot: an exit code, and that a container with a restart policy was up.
   */
  saveLive(id: string, live: LiveRecord, options: { lasting: boolean }): void {
    const text = JSON.stringify(live);
    replaceFileNow(this.#liveFile(id), text);
    if (options.lasting) replaceFileNow(`${this.containerFolder(id)}/live.json`, text);
  }

  forgetLive(id: string): void {
    removeFileNow(this.#liveFile(id));
  }

  async forgetContainer(id: string): Promise<void> {
    this.forgetLive(id);
    await removeTree(this.containerFolder(id));
  }

  loadNetworks(): NetworkRecord[] {
    return listFolder(this.#paths.networks)
      .filter((name) => name.endsWith('.json'))
      .map((name) => `${this.#paths.networks}/${name}`)
      .filter(isThere)
      .flatMap((path) => readJson<NetworkRecord>(path) ?? [])
      .toSorted((a, b) => (a.created < b.created ? -1 : 1));
  }

  /** The containers, oldest first, and the folders that hold no record: remains of a crash. */
  loadContainers(): { containers: StoredContainer[]; strayFolders: string[] } {
    const containers: StoredContainer[] = [];
    const strayFolders: string[] = [];
    for (const id of listFolder(this.#paths.containers)) {
      const path = this.containerFile(id);
      const record = isThere(path) ? readJson<ContainerRecord>(path) : undefined;
      if (record) containers.push({ record, live: this.#loadLive(id) });
      else strayFolders.push(this.containerFolder(id));
    }
    containers.sort((a, b) => (a.record.created < b.record.created ? -1 : 1));
    return { containers, strayFolders };
  }

  #loadLive(id: string): LiveRecord | undefined {
    return (
      readJson<LiveRecord>(this.#liveFile(id)) ??
      readJson<LiveRecord>(`${this.containerFolder(id)}/live.json`)
    );
  }

  #liveFile(id: string): string {
    return `${this.#paths.live}/${id}.json`;
  }
}

/** After a power cut a record that did not wait for the disk may be an empty file: there is nothing that it names. */
function isThere(path: string): boolean {
  return (readText(path) ?? '') !== '';
}
