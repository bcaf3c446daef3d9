import { badRequest, notSupported } from '../errors.ts';
import type { BodyReader } from './body-reader.ts';

/** Settings of a HostConfig that reach the engine. */
const KNOWN = [
  'AutoRemove Binds Mounts Tmpfs VolumesFrom VolumeDriver PortBindings PublishAllPorts NetworkMode',
  'RestartPolicy LogConfig Runtime Dns DnsOptions DnsSearch ExtraHosts Links Annotations',
  'Memory MemoryReservation MemorySwap MemorySwappiness OomKillDisable PidsLimit NanoCpus CpuShares',
  'CpuPeriod CpuQuota CpusetCpus CpusetMems BlkioWeight Ulimits Devices DeviceCgroupRules',
  'Privileged ReadonlyRootfs CapAdd CapDrop SecurityOpt GroupAdd IpcMode PidMode UTSMode UsernsMode',
  'CgroupnsMode CgroupParent Sysctls OomScoreAdj ShmSize Init MaskedPaths ReadonlyPaths',
  'BlkioWeightDevice BlkioDeviceReadBps BlkioDeviceWriteBps BlkioDeviceReadIOps BlkioDeviceWriteIOps',
];

/** Settings that change nothing here: client-side ones, and one for other systems whose default is sent. */
const WITHOUT_EFFECT = ['ContainerIDFile', 'ConsoleSize', 'KernelMemoryTCP'];

const accepted = new Set([...KNOWN.flatMap((line) => line.split(' ')), ...WITHOUT_EFFECT].map(lower));

/** Refuses a setting that asks for something the engine would not do. Empty values ask for nothing. */
export function refuseUnsupported(hostConfig: BodyReader): void {
  for (const name of hostConfig.names()) {
    if (accepted.has(lower(name)) || isNothing(name, hostConfig.raw(name))) continue;
    if (lower(name) === 'devicerequests') throw noDeviceDriver(hostConfig);
    throw notSupported(`HostConfig.${name}`, 'Leave the setting out.');
  }
}

/** Docker's words where no driver of GPUs is installed: here there never is one. */
function noDeviceDriver(hostConfig: BodyReader): Error {
  const [first] = hostConfig.objects('DeviceRequests');
  const capabilities = (first?.values('Capabilities') ?? []).map((set) => `[${(set as string[]).join(' ')}]`);
  return badRequest(
    `could not select device driver "${first?.text('Driver') ?? ''}" with capabilities: [${capabilities.join(' ')}]`,
    'Name the devices themselves: --device /dev/nvidia0, or `devices:` in a compose file.',
  );
}

function isNothing(name: string, value: unknown): boolean {
  if (value === undefined || value === 0 || value === '' || value === false) return true;
  if (lower(name) === 'isolation') return value === 'default';
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function lower(name: string): string {
  return name.toLowerCase();
}
