import { notSupported } from '../errors.ts';
import type { BodyReader } from './body-reader.ts';

/** Settings of a HostConfig that reach the engine. */
const KNOWN = [
  'AutoRemove Binds Mounts Tmpfs VolumesFrom VolumeDriver PortBindings PublishAllPorts NetworkMode',
  'RestartPolicy LogConfig Runtime Dns DnsOptions DnsSearch ExtraHosts Links Annotations',
  'Memory MemoryReservation MemorySwap MemorySwappiness OomKillDisable PidsLimit NanoCpus CpuShares',
  'CpuPeriod CpuQuota CpusetCpus CpusetMems BlkioWeight Ulimits Devices DeviceCgroupRules',
  'Privileged ReadonlyRootfs CapAdd CapDrop SecurityOpt GroupAdd IpcMode PidMode UTSMode UsernsMode',
  'CgroupnsMode CgroupParent Sysctls OomScoreAdj ShmSize Init',
];

/** Settings that change nothing here: client-side ones, and one for other systems whose default is sent. */
const WITHOUT_EFFECT = ['ContainerIDFile', 'ConsoleSize', 'KernelMemoryTCP'];

const accepted = new Set([...KNOWN.flatMap((line) => line.split(' ')), ...WITHOUT_EFFECT].map(lower));

/** Refuses a setting that asks for something the engine would not do. Empty values ask for nothing. */
export function refuseUnsupported(hostConfig: BodyReader): void {
  for (const name of hostConfig.names()) {
    if (accepted.has(lower(name)) || isNothing(name, hostConfig.raw(name))) continue;
    throw notSupported(`HostConfig.${name}`, 'Leave the setting out.');
  }
}

/** An empty list of masked paths asks for no masking at all, which is something. */
function isNothing(name: string, value: unknown): boolean {
  if (value === undefined || value === 0 || value === '' || value === false) return true;
  if (lower(name) === 'isolation') return value === 'default';
  if (['maskedpaths', 'readonlypaths'].includes(lower(name))) return false;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function lower(name: string): string {
  return name.toLowerCase();
}
