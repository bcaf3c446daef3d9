import type Docker from 'dockerode';
import type { ContainerSpec, MountSpec } from '../../model/container.ts';
import { mountRequest } from './mounts.ts';
import { orNull } from './or-null.ts';
import { portBindings } from './ports.ts';
import { resourceBody } from './resources.ts';
import { securityBody } from './security.ts';

/** What a container was created with, as a HostConfig. */
export function hostConfigBody(
  spec: ContainerSpec,
  engine: { readonly cgroupVersion: '1' | '2' },
): Docker.HostConfig {
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
    VolumesFrom: orNull(spec.volumesFrom),
    ConsoleSize: [0, 0],
    Dns: [...spec.dns],
    DnsOptions: [...spec.dnsOptions],
    DnsSearch: [...spec.dnsSearch],
    ExtraHosts: orNull(spec.extraHosts),
    Links: orNull(spec.links.map((link) => linkBody(link, spec.name))),
    PublishAllPorts: spec.publishAllPorts,
    Runtime: spec.runtime || 'runc',
    Isolation: '',
    ...securityBody(spec.security, engine),
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
function storage({ mounts }: ContainerSpec): object {
  const tmpfs = mounts.filter((mount) => mount.tmpfsOptions !== undefined);
  const long = mounts.filter((mount) => mount.tmpfsOptions === undefined && !isShort(mount));
  return {
    Binds: orNull(mounts.filter(isShort).map(bindText)),
    ...(long.length > 0 && { Mounts: long.map(mountRequest) }),
    ...(tmpfs.length > 0 && {
      Tmpfs: Object.fromEntries(tmpfs.map(({ target, tmpfsOptions }) => [target, tmpfsOptions ?? ''])),
    }),
    VolumeDriver: '',
  };
}

function isShort(mount: MountSpec): boolean {
  return mount.shortMode !== undefined;
}

function bindText({ source, target, shortMode }: MountSpec): string {
  return [source, target, shortMode].filter(Boolean).join(':');
}
