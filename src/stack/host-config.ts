import type Dockerode from 'dockerode';
import type { Project, ServiceModel } from '../model/compose.ts';
import { readProfile } from '../compose/security-profile.ts';
import { containerName } from '../plan/names.ts';
import type { WantedContainer } from '../plan/request.ts';
import { linkTexts, networkMode, portBindings } from './endpoints-body.ts';
import { mountsFor, tmpfsFor } from './mounts-body.ts';
import { byteSize, defined, durationNs, mapOf, numberOf, textOf, textsOf } from './values.ts';

/** `HostConfig` of a container: everything about it that concerns the machine. */
export function hostConfig(about: {
  project: Project;
  service: ServiceModel;
  wanted: WantedContainer;
}): Dockerode.HostConfig {
  const { project, service } = about;
  return defined({
    NetworkMode: networkMode(project, service),
    Links: bridgeLinks(project, service),
    PortBindings: portBindings(service.ports ?? []),
    RestartPolicy: restartPolicy(service),
    Mounts: mountsFor(about) as Dockerode.MountConfig,
    Tmpfs: tmpfsFor(service),
    VolumesFrom: volumesFrom(project, service),
    Dns: textsOf(service['dns']),
    DnsSearch: textsOf(service['dns_search']),
    DnsOptions: textsOf(service['dns_opt']),
    ExtraHosts: extraHosts(service['extra_hosts']),
    ...isolation(project, service),
    ...limits(service),
    LogConfig: logConfig(service['logging']),
  });
}

/** On the default bridge, which has no names, links are the container's own. */
function bridgeLinks(project: Project, service: ServiceModel): string[] | undefined {
  const isOnBridge = service.network_mode === 'bridge' || service.network_mode === 'default';
  const links = isOnBridge ? linkTexts(project, service) : [];
  return links.length > 0 ? links : undefined;
}

function isolation(project: Project, service: ServiceModel): Partial<Dockerode.HostConfig> {
  const namespace = (key: string) => namespaceMode(project, textOf(service[key]));
  return defined({
    Privileged: service['privileged'] === true ? true : undefined,
    ReadonlyRootfs: service['read_only'] === true ? true : undefined,
    Init: service['init'] === true ? true : undefined,
    CapAdd: textsOf(service['cap_add']),
    CapDrop: textsOf(service['cap_drop']),
    SecurityOpt: textsOf(service['security_opt'])?.map((option) => withProfile(project, option)),
    GroupAdd: textsOf(service['group_add']),
    IpcMode: namespace('ipc'),
    PidMode: namespace('pid'),
    UTSMode: namespace('uts'),
    UsernsMode: textOf(service['userns_mode']),
    CgroupnsMode: textOf(service['cgroup']),
    CgroupParent: textOf(service['cgroup_parent']),
    Runtime: textOf(service['runtime']),
    Sysctls: sysctls(service['sysctls']),
    OomScoreAdj: numberOf(service['oom_score_adj']),
    ShmSize: byteSize(service['shm_size']),
  });
}

function limits(service: ServiceModel): Partial<Dockerode.HostConfig> {
  const deployed = mapOf(mapOf(service.deploy?.['resources'])?.['limits']) ?? {};
  const reserved = mapOf(mapOf(service.deploy?.['resources'])?.['reservations']) ?? {};
  const cpus = numberOf(service['cpus']) ?? numberOf(deployed['cpus']);
  return defined({
    Memory: byteSize(service['mem_limit']) ?? byteSize(deployed['memory']),
    MemoryReservation: byteSize(service['mem_reservation']) ?? byteSize(reserved['memory']),
    MemorySwap: byteSize(service['memswap_limit']),
    MemorySwappiness: numberOf(service['mem_swappiness']),
    OomKillDisable: service['oom_kill_disable'] === true ? true : undefined,
    PidsLimit: numberOf(service['pids_limit']) ?? numberOf(deployed['pids']),
    NanoCpus: cpus === undefined ? undefined : Math.round(cpus * 1e9),
    CpuShares: numberOf(service['cpu_shares']),
    CpuPeriod: microseconds(service['cpu_period']),
    CpuQuota: microseconds(service['cpu_quota']),
    CpusetCpus: textOf(service['cpuset']),
    ...blkio(mapOf(service['blkio_config']) ?? {}),
    Ulimits: ulimits(service['ulimits']),
    Devices: devices(service['devices']),
    DeviceCgroupRules: textsOf(service['device_cgroup_rules']),
  });
}

function blkio(config: Record<string, unknown>): Partial<Dockerode.HostConfig> {
  const rates = (key: string): { Path: string; Rate: number }[] | undefined =>
    listOf(config[key])?.map((item) => ({
      Path: textOf(item['path']) ?? '',
      Rate: byteSize(item['rate']) ?? 0,
    }));
  return defined({
    BlkioWeight: numberOf(config['weight']),
    BlkioWeightDevice: listOf(config['weight_device'])?.map((item) => ({
      Path: textOf(item['path']) ?? '',
      Weight: numberOf(item['weight']) ?? 0,
    })),
    BlkioDeviceReadBps: rates('device_read_bps'),
    BlkioDeviceWriteBps: rates('device_write_bps'),
    BlkioDeviceReadIOps: rates('device_read_iops'),
    BlkioDeviceWriteIOps: rates('device_write_iops'),
  });
}

function listOf(value: unknown): Record<string, unknown>[] | undefined {
  return Array.isArray(value) ? value.map((item) => mapOf(item) ?? {}) : undefined;
}

function restartPolicy(service: ServiceModel): Dockerode.HostRestartPolicy {
  const deployed = mapOf(service.deploy?.['restart_policy']);
  if (deployed) {
    const names: Record<string, string> = { none: 'no', 'on-failure': 'on-failure', any: 'always' };
    const name = names[textOf(deployed['condition']) ?? 'any'] ?? 'always';
    return { Name: name, MaximumRetryCount: numberOf(deployed['max_attempts']) ?? 0 };
  }
  const [name = 'no', count = '0'] = (service.restart ?? 'no').split(':');
  return { Name: name, MaximumRetryCount: Number(count) };
}

/** `seccomp=FILE` goes over the API as the text of the file, as the docker CLI sends it. */
function withProfile(project: Project, option: string): string {
  const file = /^seccomp[=:](.+)$/.exec(option)?.[1];
  if (file === undefined || ['unconfined', 'builtin'].includes(file) || file.startsWith('{')) return option;
  return `seccomp=${readProfile(project, file)}`;
}

function namespaceMode(project: Project, mode: string | undefined): string | undefined {
  if (!mode?.startsWith('service:')) return mode;
  const target = mode.slice('service:'.length);
  return `container:${containerName({ project, service: target, number: 1 })}`;
}

function volumesFrom(project: Project, service: ServiceModel): string[] | undefined {
  return textsOf(service['volumes_from'])?.map((text) => {
    if (text.startsWith('container:')) return text.slice('container:'.length);
    const [target = '', mode] = text.split(':');
    return [containerName({ project, service: target, number: 1 }), mode].filter(Boolean).join(':');
  });
}

/** `h=ip` → Docker's `h:ip`; a map gives each of its addresses. */
function extraHosts(value: unknown): string[] | undefined {
  const map = mapOf(value);
  if (map)
    return Object.entries(map).flatMap(([name, ips]) => (textsOf(ips) ?? []).map((ip) => `${name}:${ip}`));
  return textsOf(value)?.map((text) => {
    const separator = /[=:]/.exec(text)?.index ?? text.length;
    return `${text.slice(0, separator)}:${text.slice(separator + 1)}`;
  });
}

function sysctls(value: unknown): Record<string, string> | undefined {
  const map = mapOf(value);
  if (!map) return undefined;
  return Object.fromEntries(Object.entries(map).map(([key, item]) => [key, textOf(item) ?? '']));
}

function microseconds(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  const ns = durationNs(value);
  return ns !== undefined && ns > 0 ? ns / 1000 : numberOf(value);
}

function ulimits(value: unknown): Dockerode.Ulimit[] | undefined {
  const map = mapOf(value);
  if (!map) return undefined;
  return Object.entries(map).map(([Name, limit]) => {
    const pair = mapOf(limit);
    const soft = numberOf(pair ? pair['soft'] : limit) ?? 0;
    return { Name, Soft: soft, Hard: numberOf(pair ? pair['hard'] : limit) ?? soft };
  });
}

function devices(value: unknown): object[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.map((item: unknown) => {
    const map = mapOf(item);
    const [source = '', target = source, permissions = 'rwm'] = String(item).split(':');
    return {
      PathOnHost: map ? textOf(map['source']) : source,
      PathInContainer: map ? (textOf(map['target']) ?? textOf(map['source'])) : target,
      CgroupPermissions: map ? (textOf(map['permissions']) ?? 'rwm') : permissions,
    };
  });
}

function logConfig(value: unknown): { Type: string; Config: object } | undefined {
  const logging = mapOf(value);
  if (!logging) return undefined;
  const driver = textOf(logging['driver']) ?? 'json-file';
  // The engine keeps what other drivers would send away; their options mean nothing to it.
  if (!['json-file', 'local', 'none'].includes(driver)) return { Type: 'json-file', Config: {} };
  return { Type: driver, Config: mapOf(logging['options']) ?? {} };
}
