import { cpus } from 'node:os';
import { readText } from '../../host/files.ts';
import type { ResourceSpec } from '../../model/container.ts';
import { EngineError } from '../../model/errors.ts';
import { badRequest } from '../errors.ts';
import type { BodyReader } from './body-reader.ts';

/** Docker refuses less memory than this. */
const MINIMUM_MEMORY_BYTES = 6 << 20;

/** Refuses limits that contradict each other, or in a change the limits that are there, in Docker's words. */
export function checkResources(body: BodyReader, current: ResourceSpec | undefined): void {
  checkMemory(body, current !== undefined);
  checkProcessors(body);
  if (current) checkChange(body, current);
}

function checkMemory(body: BodyReader, isChange: boolean): void {
  const memory = body.number('Memory');
  const swap = body.number('MemorySwap');
  const reservation = body.number('MemoryReservation');
  if (memory > 0 && memory < MINIMUM_MEMORY_BYTES) throw badRequest('Minimum memory limit allowed is 6MB');
  if (memory > 0 && swap > 0 && swap < memory)
    throw badRequest('Minimum memoryswap limit should be larger than memory limit, see usage');
  if (memory === 0 && swap > 0 && !isChange)
    throw badRequest('You should always set the Memory limit when using Memoryswap limit, see usage');
  if (reservation > 0 && reservation < MINIMUM_MEMORY_BYTES)
    throw badRequest('Minimum memory reservation allowed is 6MB');
  if (memory > 0 && reservation > memory)
    throw badRequest('Minimum memory limit can not be less than memory reservation limit, see usage');
}

function checkProcessors(body: BodyReader): void {
  const period = body.number('CpuPeriod');
  const quota = body.number('CpuQuota');
  const nano = body.number('NanoCpus');
  const count = cpus().length;
  if (nano > 0 && (quota > 0 || period > 0))
    throw badRequest(
      `Conflicting options: Nano CPUs and CPU ${period > 0 ? 'Period' : 'Quota'} cannot both be set`,
    );
  if (nano < 0 || nano > count * 1e9)
    throw badRequest(`Range of CPUs is from 0.01 to ${count}.00, as there are only ${count} CPUs available`);
  if (period !== 0 && (period < 1000 || period > 1_000_000))
    throw badRequest('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)');
  if (quota > 0 && quota < 1000) throw badRequest('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  checkSet('cpus', body.text('CpusetCpus'));
  checkSet('mems', body.text('CpusetMems'));
}

const SETS = {
  cpus: { online: '/sys/devices/system/cpu/online', what: 'CPUs' },
  mems: { online: '/sys/devices/system/node/online', what: 'memory nodes' },
} as const;

/** `0-3,7` */
function checkSet(kind: keyof typeof SETS, text: string): void {
  if (text === '') return;
  const asked = rangesIn(text);
  if (!asked) throw badRequest(`Invalid value ${text} for cpuset ${kind}`);
  const { online, what } = SETS[kind];
  const available = (readText(online) ?? '').trim();
  const there = rangesIn(available);
  if (!there) return;
  const isThere = ([first, last]: Range): boolean =>
    there.some(([low, high]) => low <= first && last <= high);
  if (asked.every(isThere)) return;
  throw badRequest(`Requested ${what} are not available - requested ${text}, available: ${available}`);
}

type Range = readonly [first: number, last: number];

/** Undefined where the text is no list of numbers and ranges. */
function rangesIn(text: string): Range[] | undefined {
  const ranges: Range[] = [];
  for (const part of text.split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    const range = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])] as const;
    if (!match || range[0] > range[1]) return undefined;
    ranges.push(range);
  }
  return ranges;
}

function checkChange(body: BodyReader, current: ResourceSpec): void {
  const memory = body.number('Memory');
  const swap = current.memorySwap ?? (current.memory === undefined ? 0 : current.memory * 2);
  if (memory > 0 && body.number('MemorySwap') === 0 && swap > 0 && memory > swap)
    throw conflict(
      'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
    );
  const both = [
    [current.nanoCpus, body.number('CpuPeriod'), 'CPU Period', 'NanoCPUs'],
    [current.nanoCpus, body.number('CpuQuota'), 'CPU Quota', 'NanoCPUs'],
    [current.cpuPeriod, body.number('NanoCpus'), 'NanoCPUs', 'CPU Period'],
    [current.cpuQuota, body.number('NanoCpus'), 'NanoCPUs', 'CPU Quota'],
  ] as const;
  for (const [there, wanted, name, other] of both) {
    if (there && wanted > 0)
      throw conflict(`Conflicting options: ${name} cannot be updated as ${other} has already been set`);
  }
}

function conflict(text: string): EngineError {
  return new EngineError(409, 'LIMITS_CONFLICT', text, {
    hint: 'change the other limit as well, or instead',
  });
}
