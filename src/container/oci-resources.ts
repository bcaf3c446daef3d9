import type { ResourceSpec } from '../model/container.ts';
import type { OciBlockIO, OciDevice, OciDeviceRule, OciResources } from './oci-types.ts';

const CPU_PERIOD_US = 100_000;
const NANO = 1_000_000_000;

/** The devices of every container: null, zero, full, random, urandom, tty, console, ptmx, tun, pseudo-terminals. */
const STANDARD_DEVICES: readonly (readonly [major: number, minor: number | undefined])[] = [
  [1, 3],
  [1, 5],
  [1, 7],
  [1, 8],
  [1, 9],
  [5, 0],
  [5, 1],
  [5, 2],
  [10, 200],
  [136, undefined],
];

export interface OciResourcesRequest {
  readonly resources: ResourceSpec;
  readonly privileged: boolean;
  readonly devices: readonly OciDevice[];
  readonly cgroupVersion: '1' | '2';
  /** Numbers of the disks that `blkio` limits name. */
  readonly diskNumbers?: ((path: string) => { major: number; minor: number }) | undefined;
  /** Whether disks can have weights; absent: they can. */
  readonly blkioWeight?: boolean | undefined;
  /** Whether the kernel accounts swap: without, a swap limit cannot be set. */
  readonly swapLimit: boolean;
}

/** Limits as the runtimes want them, for either version of cgroups. */
export function ociResourcesFor(request: OciResourcesRequest): OciResources {
  const { resources } = request;
  const memory = memoryOf(request);
  const cpu = cpuOf(resources);
  const blockIO = blockIoOf(request);
  return {
    devices: request.privileged ? [{ allow: true, access: 'rwm' }] : deviceRules(request),
    ...(Object.keys(memory).length > 0 ? { memory } : {}),
    ...(Object.keys(cpu).length > 0 ? { cpu } : {}),
    ...(resources.pidsLimit && resources.pidsLimit > 0 ? { pids: { limit: resources.pidsLimit } } : {}),
    ...(Object.keys(blockIO).length > 0 ? { blockIO } : {}),
  };
}

/** Docker's rule: with a memory limit and nothing said about swap, as much swap again. */
function memoryOf({
  resources,
  cgroupVersion,
  swapLimit,
}: OciResourcesRequest): Record<string, number | boolean> {
  const limit = resources.memory ?? 0;
  const swap = resources.memorySwap ?? 0;
  const totalWithSwap = swap === 0 && limit > 0 ? limit * 2 : swap;
  return {
    ...(limit > 0 ? { limit } : {}),
    ...(resources.memoryReservation ? { reservation: resources.memoryReservation } : {}),
    ...(swapLimit && limit > 0 && totalWithSwap !== 0 ? { swap: totalWithSwap } : {}),
    ...(cgroupVersion === '1' && resources.memorySwappiness !== undefined && resources.memorySwappiness >= 0
      ? { swappiness: resources.memorySwappiness }
      : {}),
    ...(cgroupVersion === '1' && resources.oomKillDisable ? { disableOOMKiller: true } : {}),
  };
}

function cpuOf(resources: ResourceSpec): Record<string, number | string> {
  const fromNano = resources.nanoCpus
    ? { period: CPU_PERIOD_US, quota: Math.round((resources.nanoCpus * CPU_PERIOD_US) / NANO) }
    : {};
  return {
    ...(resources.cpuShares ? { shares: resources.cpuShares } : {}),
    ...(resources.cpuPeriod ? { period: resources.cpuPeriod } : {}),
    ...(resources.cpuQuota ? { quota: resources.cpuQuota } : {}),
    ...fromNano,
    ...(resources.cpusetCpus ? { cpus: resources.cpusetCpus } : {}),
    ...(resources.cpusetMems ? { mems: resources.cpusetMems } : {}),
  };
}

const THROTTLE_KEYS = {
  ReadBps: 'throttleReadBpsDevice',
  WriteBps: 'throttleWriteBpsDevice',
  ReadIOps: 'throttleReadIOPSDevice',
  WriteIOps: 'throttleWriteIOPSDevice',
} as const;

function blockIoOf(request: OciResourcesRequest): OciBlockIO {
  const { resources, diskNumbers } = request;
  const { blkioThrottles = [] } = resources;
  const hasWeights = request.blkioWeight !== false;
  const blkioWeight = hasWeights ? resources.blkioWeight : undefined;
  const blkioWeightDevices = hasWeights ? (resources.blkioWeightDevices ?? []) : [];
  const numbers = diskNumbers ?? (() => ({ major: 0, minor: 0 }));
  const throttles = Object.entries(THROTTLE_KEYS).flatMap(([kind, key]) => {
    const limits = blkioThrottles.filter((each) => each.kind === kind);
    return limits.length === 0
      ? []
      : [[key, limits.map(({ path, rate }) => ({ ...numbers(path), rate }))] as const];
  });
  return {
    ...(blkioWeight ? { weight: blkioWeight } : {}),
    ...(blkioWeightDevices.length > 0
      ? { weightDevice: blkioWeightDevices.map(({ path, weight }) => ({ ...numbers(path), weight })) }
      : {}),
    ...Object.fromEntries(throttles),
  };
}

function deviceRules({ resources, devices }: OciResourcesRequest): OciDeviceRule[] {
  return [
    { allow: false, access: 'rwm' },
    { allow: true, type: 'c', access: 'm' },
    { allow: true, type: 'b', access: 'm' },
    ...STANDARD_DEVICES.map(([major, minor]) => ({
      allow: true,
      type: 'c',
      major,
      ...(minor === undefined ? {} : { minor }),
      access: 'rwm',
    })),
    ...devices.map((device) => ({
      allow: true,
      type: device.type,
      major: device.major,
      minor: device.minor,
      access: permissionsOf(resources, device.path),
    })),
    ...(resources.deviceCgroupRules ?? []).flatMap(parseDeviceRule),
  ];
}

function permissionsOf(resources: ResourceSpec, path: string): string {
  const permissions = resources.devices?.find((device) =>
    path.startsWith(device.pathInContainer),
  )?.permissions;
  return permissions === undefined || permissions === '' ? 'rwm' : permissions;
}

/** `c 1:3 rwm`, with `*` for any number. */
function parseDeviceRule(text: string): OciDeviceRule[] {
  const match = /^([acb]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/.exec(text);
  if (!match) return [];
  const [, type = 'a', major = '*', minor = '*', access = 'rwm'] = match;
  return [
    {
      allow: true,
      type,
      ...(major === '*' ? {} : { major: Number(major) }),
      ...(minor === '*' ? {} : { minor: Number(minor) }),
      access,
    },
  ];
}
