import { randomBytes } from 'node:crypto';
import type { VolumeRecord } from '../model/image.ts';
import { kindOf, makeFolderNode } from '../host/file-nodes.ts';
import { renameNow, treeSizeBytes } from '../host/file-chunks.ts';
import { listFolder } from '../host/files-now.ts';
import { makeFolder, readJson, removeTree, writeFileAtomic } from '../host/files.ts';
import { mountLocalVolume } from '../host/local-volume.ts';
import { isErrno } from '../host/kernel.ts';
import { isMountPoint, unmount } from '../host/mounts.ts';
import { copyFromLayers } from './copy-up.ts';
import {
  volumeDiffers,
  volumeDriverUnknown,
  volumeInUse,
  volumeMountFailed,
  volumeNameInvalid,
  volumeNotFound,
  volumeOptionsInvalid,
} from './errors.ts';

export interface VolumeRequest {
  /** Empty: an anonymous volume, which gets 64 hexadecimal digits. */
  readonly name?: string;
  readonly driver?: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** The caller made up the name for a volume that nobody named. */
  readonly anonymous?: boolean;
}

/**
 * Volumes of one state root: `<root>/volumes/<name>/{volume.json,_data/}`. The record is written last, so a crash
 * leaves no half volume; `open` sweeps what it left, but never a folder with data that was not being removed.
 */
export class VolumeStore {
  readonly #root: string;
  readonly #volumes = new Map<string, VolumeRecord>();
  readonly #creating = new Map<string, Promise<VolumeRecord>>();

  constructor(options: { readonly root: string }) {
    this.#root = `${options.root}/volumes`;
  }

  async open(): Promise<void> {
    await makeFolder(this.#root, 0o701);
    for (const name of listFolder(this.#root)) {
      const scratch = name.startsWith(SCRATCH);
      const volume = scratch ? undefined : readJson<VolumeRecord>(`${this.#root}/${name}/volume.json`);
      if (volume) this.#volumes.set(name, { ...volume, mountpoint: this.#mountpoint(name) });
      else if (scratch || listFolder(this.#mountpoint(name)).length === 0) {
        await removeTree(`${this.#root}/${name}`);
      }
    }
  }

  /** By name. */
  list(): VolumeRecord[] {
    return [...this.#volumes.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): VolumeRecord | undefined {
    return this.#volumes.get(name);
  }

  /** The volume of that name, made unless it is there. Throws EngineError VOLUME_…. */
  async create(request: VolumeRequest): Promise<VolumeRecord> {
    const wanted = this.#recordFor(request);
    const { name } = wanted;
    const existing = this.#volumes.get(name) ?? (await this.#creating.get(name));
    if (existing) return sameVolume(existing, request);
    const work = this.#make(wanted).finally(() => this.#creating.delete(name));
    this.#creating.set(name, work);
    return await work;
  }

  /** Throws EngineError VOLUME_NOT_FOUND (unless `force`), VOLUME_IN_USE. */
  async remove(
    name: string,
    options: { readonly force: boolean; readonly inUse: (name: string) => readonly string[] },
  ): Promise<void> {
    if (!this.#volumes.has(name)) {
      if (options.force) return;
      throw volumeNotFound(name);
    }
    const containers = options.inUse(name);
    if (containers.length > 0) throw volumeInUse(name, containers);
    // Never deletes through a mount: what is there is not the volume's own.
    this.unmount(name);
    const grave = `${this.#root}/${SCRATCH}${randomBytes(8).toString('hex')}`;
    this.#takeAway(name, { to: grave, force: options.force });
    this.#volumes.delete(name);
    await removeTree(grave);
  }

  /** With `force`, a folder that somebody took away already is no failure. */
  #takeAway(name: string, { to, force }: { to: string; force: boolean }): void {
    try {
      renameNow(`${this.#root}/${name}`, to);
    } catch (error) {
      if (!force || !isErrno(error, 'ENOENT')) throw error;
    }
  }

  /** The folder of the volume was removed together with its container. */
  forget(name: string): void {
    this.#volumes.delete(name);
  }

  /** Removes what `accepts` takes and no container uses. */
  async prune(options: {
    readonly accepts: (volume: VolumeRecord) => boolean;
    readonly inUse: (name: string) => readonly string[];
  }): Promise<{ removed: string[]; freedBytes: number }> {
    const doomed = this.list().filter(
      (volume) => options.accepts(volume) && options.inUse(volume.name).length === 0,
    );
    const removed: string[] = [];
    let freedBytes = 0;
    for (const { name } of doomed) {
      freedBytes += await this.sizeBytes(name);
      await this.remove(name, { force: true, inUse: options.inUse });
      removed.push(name);
    }
    return { removed, freedBytes };
  }

  async sizeBytes(name: string): Promise<number> {
    return await treeSizeBytes(this.#mountpoint(name));
  }

  /** The folder to mount into a container. Throws EngineError VOLUME_NOT_FOUND. */
  mountFor(name: string): string {
    const volume = this.#volumes.get(name);
    if (!volume) throw volumeNotFound(name);
    return volume.mountpoint;
  }

  /** Mounts what the volume's options name, unless it is mounted. Throws EngineError VOLUME_MOUNT_FAILED. */
  async mount(name: string): Promise<void> {
    const volume = this.#volumes.get(name);
    if (!volume) throw volumeNotFound(name);
    if (!isMounted(volume.options) || isMountPoint(volume.mountpoint)) return;
    const { type = '', device = '', o = '' } = volume.options;
    try {
      await mountLocalVolume({ type, device, o }, volume.mountpoint);
    } catch (error) {
      throw volumeMountFailed(volume, error);
    }
  }

  /** Takes the mount of a volume's options away; none is no error. Throws KernelError while it is in use. */
  unmount(name: string): void {
    const mountpoint = this.#mountpoint(name);
    if (isMountPoint(mountpoint)) unmount(mountpoint);
  }

  /**
   * Fills an empty volume with what the image has at `path`: content, owners, modes, attributes and those of the folder
   * itself. `layers` are the image's lower folders, highest first. A volume that holds anything is left alone, and so
   * is a place where the image has no folder. Throws HostError.
   */
  async copyUp(options: {
    readonly volume: VolumeRecord;
    readonly layers: readonly string[];
    readonly path: string;
  }): Promise<void> {
    const target = this.mountFor(options.volume.name);
    if (listFolder(target).length > 0) return;
    // berth/host at a folder above the state root would be copied into itself, for ever.
    if (options.layers.includes('/') && `${this.#root}/`.startsWith(`${options.path}/`.replace(/\/+/g, '/')))
      return;
    const scratch = `${this.#root}/${SCRATCH}${randomBytes(8).toString('hex')}`;
    try {
      await copyFromLayers({ ...options, target, scratch });
    } finally {
      await removeTree(scratch);
    }
  }

  #recordFor(request: VolumeRequest): VolumeRecord {
    const named = request.name !== undefined && request.name !== '';
    const name = named ? (request.name ?? '') : randomBytes(32).toString('hex');
    if (!NAME.test(name)) throw volumeNameInvalid(name);
    const driver = request.driver === undefined || request.driver === '' ? 'local' : request.driver;
    if (driver !== 'local') throw volumeDriverUnknown(name, driver);
    const options = request.options ?? {};
    checkOptions(name, options);
    return {
      name,
      driver,
      options,
      labels: request.labels ?? {},
      mountpoint: this.#mountpoint(name),
      created: new Date().toISOString(),
      anonymous: request.anonymous ?? !named,
    };
  }

  async #make(volume: VolumeRecord): Promise<VolumeRecord> {
    const folder = `${this.#root}/${volume.name}`;
    await makeFolder(folder);
    const mountpoint = Buffer.from(volume.mountpoint);
    if (kindOf(mountpoint) === undefined) makeFolderNode(mountpoint);
    await writeFileAtomic(`${folder}/volume.json`, JSON.stringify(volume, null, 1), { durable: true });
    this.#volumes.set(volume.name, volume);
    return volume;
  }

  #mountpoint(name: string): string {
    return `${this.#root}/${name}/_data`;
  }
}

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,254}$/;
/** Work in progress, and volumes on their way out. No volume's name starts with a dot. */
const SCRATCH = '.scratch-';
const KNOWN_OPTIONS = ['type', 'device', 'o', 'size'];

/** True for options that name something to mount. */
export function isMounted(options: Readonly<Record<string, string>>): boolean {
  return options['type'] !== undefined && options['device'] !== undefined;
}

function checkOptions(name: string, options: Readonly<Record<string, string>>): void {
  const unknown = Object.keys(options).find((key) => !KNOWN_OPTIONS.includes(key));
  if (unknown !== undefined) throw volumeOptionsInvalid(name, `invalid option: "${unknown}"`);
  if (Object.keys(options).length === 0) return;
  for (const required of ['type', 'device']) {
    if (!options[required]) throw volumeOptionsInvalid(name, `missing required option: "${required}"`);
  }
}

/** Asking again gives what is there, as long as nothing else was meant. */
function sameVolume(existing: VolumeRecord, request: VolumeRequest): VolumeRecord {
  const options = request.options ?? {};
  const keys = new Set([...Object.keys(options), ...Object.keys(existing.options)]);
  const differs = [...keys].some((key) => options[key] !== existing.options[key]);
  if (Object.keys(options).length > 0 && differs) throw volumeDiffers(existing.name, 'driver options');
  return existing;
}
