import type Docker from 'dockerode';
import type { ContainerSpec, MountSpec } from '../../model/container.ts';
import { mountRequest } from './mounts.ts';
import { portBindings } from './ports.ts';
import { resourceBody } from './resources.ts';
import { securityBody } from './security.ts';

/** What a container was created with, as a HostConfig. */
export function hostConfigBody(spec: ContainerSpec): Docker.HostConfig {
  return {
    ...storage(spec),
    ContainerIDFile: '',
    LogConfig: { Type: spec.logDriver, Config: spec.logOptions },
    NetworkMode: spec.networkMode === 'default' ? 'bridge' : spec.networkMode,
    PortBindings: portBindings(spec.ports),
    RestartPolicy: {
      Name: spec.restartPolicy.name,
      MaximumRetryCount: spec.restartPolicy.maximumRetryCount,
    },
    AutoRemove: spec.autoRemove,
    VolumesFrom: spec.volumesFrom,
    ConsoleSize: [0, 0],
    Dns: [...spec.dns],
    DnsOptions: [...spec.dnsOptions],
    DnsSearch: [...spec.dnsSearch],
    ExtraHosts: spec.extraHosts,
    Links: spec.links.map((link) => linkBody(link, spec.name)),
    PublishAllPorts: spec.publishAllPorts,
    Runtime: spec.runtime || 'runc',
    Isolation: '',
    ...securityBody(spec.security),
    ...resourceBody(spec.resources),
    ...annotations(spec),
  };
}

/** `name:alias` as dockerd shows it: the other container, and the name that it has here. */
function linkBody(link: string, owner: string): string {
  const [name = '', alias = name] = link.replace(/^\//, '').split(':');
  return `/${name}:/${owner}/${alias}`;
}

function annotations({ annotations: values }: ContainerSpec): object {
  return Object.keys(values).length > 0 ? { Annotations: values } : {};
}

/** Mounts of the short forms show as binds, as the client wrote them; the others under Mounts. */
function storage({ mounts }: ContainerSpec): Pick<Docker.HostConfig, 'Binds' | 'VolumeDriver'> {
  const tmpfs = mounts.filter((mount) => mount.tmpfsOptions !== undefined);
  const long = mounts.filter((mount) => mount.tmpfsOptions === undefined && !isShort(mount));
  return {
    Binds: mounts.filter(isShort).map(bindText),
    ...(long.length > 0 && { Mounts: long.map(mountRequest) }),
    ...(tmpfs.length > 0 && {
      Tmpfs: Object.fromEntries(tmpfs.map(({ target, tmpfsOptions }) => [target, tmpfsOptions ?? ''])),
    }),
    VolumeDriver: '',
  };
}

function isShort(mount: MountSpec): boolean {
  if (mount.nonRecursive || mount.subpath || mount.volumeLabels || mount.volumeDriver) return false;
  if (mount.type === 'bind') return mount.createHostPath === true;
  return mount.type === 'volume' && mount.source !== '';
}

function bindText({ source, target, readOnly, propagation, noCopy }: MountSpec): string {
  const modes = [readOnly ? 'ro' : 'rw', propagation, noCopy && 'nocopy'].filter(Boolean);
  return `${source}:${target}:${modes.join(',')}`;
}
