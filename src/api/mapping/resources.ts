import type { BlkioThrottle, ResourceSpec } from '../../model/container.ts';
import { badRequest } from '../errors.ts';
import type { BodyReader } from './body-reader.ts';
import { orNull } from './or-null.ts';
import { checkResources } from './resource-checks.ts';

/** The limits of a HostConfig, or of a change to `current`. 0, and where Docker has it -1, mean: no limit. */
export function resourceSpec(body: BodyReader, current?: ResourceSpec): ResourceSpec {
  const positive = <K extends string>(key: K, name: string): Partial<Record<K, number>> => {
    const value = body.number(name);
    return value > 0 ? ({ [key]: value } as Partial<Record<K, number>>) : {};
  };
  checkResources(body, current);
  return {
    ...positive('memory', 'Memory'),
    ...positive('memoryReservation', 'MemoryReservation'),
    ...(body.number('MemorySwap') !== 0 && { memorySwap: body.number('MemorySwap') }),
    ...swappiness(body),
    ...(body.flag('OomKillDisable') && { oomKillDisable: true }),
    ...positive('pidsLimit', 'PidsLimit'),
    ...positive('nanoCpus', 'NanoCpus'),
    ...positive('cpuShares', 'CpuShares'),
    ...positive('cpuPeriod', 'CpuPeriod'),
    ...positive('cpuQuota', 'CpuQuota'),
    ...(body.text('CpusetCpus') && { cpusetCpus: body.text('CpusetCpus') }),
    ...(body.text('CpusetMems') && { cpusetMems: body.text('CpusetMems') }),
    ...positive('blkioWeight', 'BlkioWeight'),
    ...blkio(body),
    ...lists(body),
  };
}

function swappiness(body: BodyReader): Partial<ResourceSpec> {
  if (!body.has('MemorySwappiness')) return {};
  const memorySwappiness = body.number('MemorySwappiness');
  if (memorySwappiness === -1) return {};
  if (memorySwappiness < 0 || memorySwappiness > 100) {
    throw badRequest(`Invalid value: ${memorySwappiness}, valid memory swappiness range is 0-100`);
  }
  return { memorySwappiness };
}

const THROTTLES: readonly BlkioThrottle[] = ['ReadBps', 'WriteBps', 'ReadIOps', 'WriteIOps'];

function blkio(body: BodyReader): Partial<ResourceSpec> {
  const weight = body.number('BlkioWeight');
  if (weight !== 0 && (weight < 10 || weight > 1000)) {
    throw badRequest('Range of blkio weight is from 10 to 1000');
  }
  const weights = body
    .objects('BlkioWeightDevice')
    .map((each) => ({ path: each.text('Path'), weight: each.number('Weight') }));
  const throttles = THROTTLES.flatMap((kind) =>
    body
      .objects(`BlkioDevice${kind}`)
      .map((each) => ({ kind, path: each.text('Path'), rate: each.number('Rate') })),
  );
  return {
    ...(weights.length > 0 && { blkioWeightDevices: weights }),
    ...(throttles.length > 0 && { blkioThrottles: throttles }),
  };
}

function blkioBody(spec: ResourceSpec): object {
  const shown = (spec.blkioThrottles ?? []).map(({ kind, path, rate }) => ({ kind, Path: path, Rate: rate }));
  return {
    BlkioWeightDevice: (spec.blkioWeightDevices ?? []).map(({ path, weight }) => ({
      Path: path,
      Weight: weight,
    })),
    ...Object.fromEntries(
      THROTTLES.map((wanted) => [
        `BlkioDevice${wanted}`,
        shown.filter(({ kind }) => kind === wanted).map(({ Path, Rate }) => ({ Path, Rate })),
      ]),
    ),
  };
}

function lists(body: BodyReader): Partial<ResourceSpec> {
  const ulimits = body.objects('Ulimits').map((limit) => ({
    name: limit.text('Name'),
    soft: limit.number('Soft'),
    hard: limit.number('Hard'),
  }));
  const devices = body.objects('Devices').map((device) => ({
    pathOnHost: device.text('PathOnHost'),
    pathInContainer: device.text('PathInContainer') || device.text('PathOnHost'),
    permissions: device.text('CgroupPermissions') || 'rwm',
  }));
  const deviceCgroupRules = body.list('DeviceCgroupRules');
  return {
    ...(ulimits.length > 0 && { ulimits }),
    ...(devices.length > 0 && { devices }),
    ...(deviceCgroupRules.length > 0 && { deviceCgroupRules }),
  };
}

/** The limits again, as a HostConfig shows them. */
export function resourceBody(spec: ResourceSpec): object {
  return {
    Memory: spec.memory ?? 0,
    MemoryReservation: spec.memoryReservation ?? 0,
    MemorySwap: spec.memorySwap ?? (spec.memory ?? 0) * 2,
    MemorySwappiness: spec.memorySwappiness ?? null,
    OomKillDisable: spec.oomKillDisable ?? false,
    PidsLimit: spec.pidsLimit ?? null,
    NanoCpus: spec.nanoCpus ?? 0,
    CpuShares: spec.cpuShares ?? 0,
    CpuPeriod: spec.cpuPeriod ?? 0,
    CpuQuota: spec.cpuQuota ?? 0,
    CpusetCpus: spec.cpusetCpus ?? '',
    CpusetMems: spec.cpusetMems ?? '',
    BlkioWeight: spec.blkioWeight ?? 0,
    ...blkioBody(spec),
    Ulimits: (spec.ulimits ?? []).map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    Devices: (spec.devices ?? []).map((device) => ({
      PathOnHost: device.pathOnHost,
      PathInContainer: device.pathInContainer,
      CgroupPermissions: device.permissions,
    })),
    DeviceCgroupRules: orNull(spec.deviceCgroupRules ?? []),
    DeviceRequests: null,
    CpuRealtimePeriod: 0,
    CpuRealtimeRuntime: 0,
    // Of Windows.
    ...{ CpuCount: 0, CpuPercent: 0, IOMaximumIOps: 0, IOMaximumBandwidth: 0 },
  };
}
