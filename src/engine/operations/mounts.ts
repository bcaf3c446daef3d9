import type { Step } from '../../model/action.ts';
import type { ContainerSpec, MountPoint, MountSpec, ProcessSpec } from '../../model/container.ts';
import { EngineError } from '../../model/errors.ts';
import type { ImageRecord, VolumeRecord } from '../../model/image.ts';
import { bindSourceMissing, fileToBindMissing, kindsDiffer } from './mount-errors.ts';
import type { StepContext } from './step-context.ts';

/** The mounts of a container, with real sources, and the volumes that must be made for them. */
export interface MountDecision {
  readonly mounts: readonly MountPoint[];
  readonly newVolumes: readonly VolumeRequest[];
}

export interface VolumeRequest {
  readonly name: string;
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly anonymous: boolean;
}

/** Where to look volumes up, so that a preview can answer from a copy. */
export interface VolumeLookup {
  readonly find: (name: string) => VolumeRecord | undefined;
}

export interface ImageLookup {
  readonly find: (reference: string) => ImageRecord | undefined;
}

/** Decides mounts. Pure: nothing is made. A target named twice is an error; an anonymous volume yields to a mount. */
export function decideMounts(
  context: StepContext,
  { volumes, images }: { volumes: VolumeLookup; images: ImageLookup },
  request: {
    imageId: string;
    spec: ContainerSpec;
    process: ProcessSpec;
    containerId: string;
    inherited: readonly MountPoint[];
  },
): MountDecision {
  const { spec, process, containerId, inherited } = request;
  refuseDoubleTargets(spec.mounts);
  for (const mount of spec.mounts) checkBind(context, mount, request);
  const wanted = new Map(spec.mounts.map((mount) => [mount.target, mount]));
  const anonymous = [...new Set(process.volumes.map(cleanPath))]
    .filter((target) => !wanted.has(target) && !inherited.some((mount) => mount.target === target))
    .map((target): MountSpec => ({ type: 'volume', source: '', target, readOnly: false }));
  for (const { target } of anonymous) refuseProc(target);
  const newVolumes: VolumeRequest[] = [];
  const own = [...spec.mounts, ...anonymous].map((mount) => {
    if (mount.type === 'image') {
      return pointFor(mount, {
        name: imageFor(images, mount).id,
        source: mount.source,
        anonymous: false,
      });
    }
    if (mount.type !== 'volume') return pointFor(mount, { name: '', source: mount.source, anonymous: false });
    const isAnonymous = mount.source === '';
    const name = isAnonymous ? context.ids.id('volume', `${containerId} ${mount.target}`) : mount.source;
    const existing = volumes.find(name);
    if (!existing) newVolumes.push(volumeRequest(mount, name, isAnonymous));
    const source = `${existing?.mountpoint ?? `${context.paths.volumes}/${name}/_data`}${mount.subpath ? `/${mount.subpath}` : ''}`;
    return pointFor(mount, { name, source, anonymous: isAnonymous });
  });
  // Of several containers that mount something at a place, the last one counts.
  const kept = inherited.filter(
    ({ target }, index) =>
      !wanted.has(target) && !inherited.slice(index + 1).some((later) => later.target === target),
  );
  return { mounts: [...own, ...kept], newVolumes };
}

/** Steps that make the volumes a container needs. */
export function volumeSteps(context: StepContext, requests: readonly VolumeRequest[]): Step[] {
  return requests.map((request) => ({
    id: `volume ${request.name}`,
    title: `volume ${request.name}`,
    action: { kind: 'volume-add', ...request, path: `${context.paths.volumes}/${request.name}` },
  }));
}

function pointFor(mount: MountSpec, real: { name: string; source: string; anonymous: boolean }): MountPoint {
  return {
    type: mount.type,
    name: real.name,
    source: mount.type === 'tmpfs' ? '' : real.source,
    target: mount.target,
    readOnly: mount.readOnly,
    propagation: mount.propagation ?? (mount.type === 'bind' ? 'rprivate' : ''),
    anonymous: real.anonymous,
    spec: mount,
  };
}

function volumeRequest(mount: MountSpec, name: string, anonymous: boolean): VolumeRequest {
  return {
    name,
    driver: mount.volumeDriver ?? 'local',
    options: mount.volumeOptions ?? {},
    labels: mount.volumeLabels ?? {},
    anonymous,
  };
}

function imageFor(images: ImageLookup, { source }: MountSpec): ImageRecord {
  const image = images.find(source);
  if (image) return image;
  throw new EngineError(404, 'IMAGE_NOT_FOUND', `No such image: ${source}`, {
    hint: 'an image that is mounted has to be there first: berth pull, or berth image load',
  });
}

/** What is to be mounted must be there, or may be made; and a file fits on a file only, a folder on a folder. */
function checkBind(
  context: StepContext,
  mount: MountSpec,
  { spec, imageId }: { spec: ContainerSpec; imageId: string },
): void {
  if (mount.type !== 'bind') return;
  const { source, target } = mount;
  const there = context.kindOnHost(source);
  if (there === 'none' && !mount.createHostPath) throw bindSourceMissing(source);
  const isInsideAnother = spec.mounts.some(
    (other) => other.target !== target && target.startsWith(`${other.target}/`),
  );
  const inside = isInsideAnother ? 'none' : context.kindInImage(imageId, target);
  if (there === 'none' && inside === 'file') throw fileToBindMissing(source, target);
  if (there !== 'none' && inside !== 'none' && there !== inside) {
    throw kindsDiffer({ source, target, there, inside });
  }
}

function cleanPath(path: string): string {
  return path.replace(/\/+/g, '/').replace(/(.)\/$/, '$1');
}

/** Files of /proc that a container manager may stand in for. */
const MOUNTABLE_IN_PROC =
  /^\/proc\/(cpuinfo|diskstats|meminfo|stat|swaps|uptime|loadavg|slabinfo|net\/dev|sys\/kernel\/ns_last_pid)$/;

function refuseProc(target: string): void {
  if (!cleanPath(target).startsWith('/proc/') || MOUNTABLE_IN_PROC.test(target)) return;
  const text = `"${target}" cannot be mounted because it is inside /proc`;
  throw new EngineError(400, 'MOUNT_IN_PROC', text, { hint: 'choose another place in the container' });
}

function refuseDoubleTargets(mounts: readonly MountSpec[]): void {
  const seen = new Set<string>();
  for (const { target } of mounts) {
    if (!target.startsWith('/')) {
      throw new EngineError(
        400,
        'MOUNT_TARGET_RELATIVE',
        `invalid mount path: '${target}' mount path must be absolute`,
      );
    }
    refuseProc(target);
    if (seen.has(target))
      throw new EngineError(400, 'MOUNT_TARGET_TWICE', `Duplicate mount point: ${target}`);
    seen.add(target);
  }
}
