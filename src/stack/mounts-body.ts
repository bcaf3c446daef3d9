import type { Project, ServiceModel, ServiceVolumeModel } from '../model/compose.ts';
import { volumeName } from '../plan/names.ts';
import type { ObservedContainer } from '../plan/observed.ts';
import type { WantedContainer } from '../plan/request.ts';
import { boundGrants } from './grants.ts';
import { byteSize, defined, textsOf } from './values.ts';

/** `HostConfig.Mounts`: the volumes of a service, the files it is granted, and the anonymous volumes it inherits. */
export function mountsFor(about: {
  project: Project;
  service: ServiceModel;
  wanted: WantedContainer;
}): object[] | undefined {
  const { project, service, wanted } = about;
  const own = (service.volumes ?? []).map((volume) => mountBody(project, volume));
  const inherited = wanted.replaces ? inheritedMounts(service, wanted.replaces) : [];
  const targets = new Set(inherited.map(({ Target }) => Target));
  const mounts = [
    ...own.filter((mount) => !targets.has(mount.Target)),
    ...inherited,
    ...boundGrants(project, service).map(({ source, target }) => ({
      Type: 'bind',
      Source: source,
      Target: target,
      ReadOnly: true,
    })),
  ];
  return mounts.length > 0 ? mounts : undefined;
}

/** `HostConfig.Tmpfs`: path → options. */
export function tmpfsFor(service: ServiceModel): Record<string, string> | undefined {
  const entries = (textsOf(service.tmpfs) ?? []).map((text) => {
    const separator = text.indexOf(':');
    return separator < 0 ? [text, ''] : [text.slice(0, separator), text.slice(separator + 1)];
  });
  return entries.length > 0 ? (Object.fromEntries(entries) as Record<string, string>) : undefined;
}

interface MountBody {
  readonly Type: string;
  readonly Target: string;
  readonly [key: string]: unknown;
}

function mountBody(project: Project, volume: ServiceVolumeModel): MountBody {
  return {
    Type: volume.type,
    Target: volume.target,
    ...defined({
      Source: sourceOf(project, volume),
      ReadOnly: volume.read_only,
      Consistency: volume.consistency,
      BindOptions: volume.type === 'bind' ? bindOptions(volume) : undefined,
      VolumeOptions: volume.type === 'volume' ? volumeOptions(volume) : undefined,
      TmpfsOptions: volume.type === 'tmpfs' ? tmpfsOptions(volume) : undefined,
      ImageOptions: volume.type === 'image' ? defined({ Subpath: volume.image?.subpath }) : undefined,
    }),
  };
}

function sourceOf(project: Project, volume: ServiceVolumeModel): string | undefined {
  if (volume.type !== 'volume' || volume.source === undefined) return volume.source;
  return volumeName(project, volume.source);
}

function bindOptions(volume: ServiceVolumeModel): object {
  return defined({
    Propagation: volume.bind?.propagation,
    CreateMountpoint: volume.bind?.create_host_path !== false,
    NonRecursive: volume.bind?.recursive === 'disabled' ? true : undefined,
    ReadOnlyNonRecursive: volume.bind?.recursive === 'writable' ? true : undefined,
    ReadOnlyForceRecursive: volume.bind?.recursive === 'readonly' ? true : undefined,
  });
}

function volumeOptions(volume: ServiceVolumeModel): object {
  return defined({
    NoCopy: volume.volume?.nocopy,
    Subpath: volume.volume?.subpath,
    Labels: volume.volume?.labels,
  });
}

function tmpfsOptions(volume: ServiceVolumeModel): object {
  return defined({ SizeBytes: byteSize(volume.tmpfs?.size), Mode: volume.tmpfs?.mode });
}

/** Anonymous volumes of the container whose place is taken go on, so that a recreate loses no data. */
function inheritedMounts(service: ServiceModel, replaced: ObservedContainer): MountBody[] {
  const fixed = new Set([
    ...(service.volumes ?? [])
      .filter(({ type, source }) => type !== 'volume' || source !== undefined)
      .map(({ target }) => target),
    ...Object.keys(tmpfsFor(service) ?? {}),
  ]);
  return replaced.mounts
    .filter(
      ({ type, name, target }) => type === 'volume' && /^[0-9a-f]{64}$/.test(name) && !fixed.has(target),
    )
    .map(({ name, target }) => ({ Type: 'volume', Source: name, Target: target }));
}
