import type { ContainerRecord } from '../../model/container.ts';
import type { UsageSample } from '../../engine/engine-api.ts';

type Usage = NonNullable<UsageSample['usage']>;

/** `GET /containers/{id}/stats`: one sample with the one before it, from which clients reckon percentages. */
export function containerStats(
  { id, spec }: ContainerRecord,
  sample: UsageSample,
  before: UsageSample | undefined,
): object {
  const { usage } = sample;
  return {
    read: usage ? sample.takenAt : NEVER,
    preread: before?.usage ? before.takenAt : NEVER,
    pids_stats: usage ? pidsOf(usage) : {},
    blkio_stats: {
      io_service_bytes_recursive: (usage?.disks ?? []).map(({ major, minor, operation, bytes }) => ({
        major,
        minor,
        op: operation,
        value: bytes,
      })),
      io_serviced_recursive: null,
      io_queue_recursive: null,
      io_service_time_recursive: null,
      io_wait_time_recursive: null,
      io_merged_recursive: null,
      io_time_recursive: null,
      sectors_recursive: null,
    },
    num_procs: 0,
    storage_stats: {},
    cpu_stats: cpuOf(sample),
    precpu_stats: cpuOf(before),
    memory_stats: usage
      ? { usage: usage.memory.bytes, limit: usage.memory.limitBytes, stats: usage.memory.figures }
      : {},
    name: `/${spec.name}`,
    id,
    ...(usage && usage.interfaces.length > 0 && { networks: networksOf(usage) }),
  };
}

const NEVER = '0001-01-01T00:00:00Z';

function pidsOf({ pids }: Usage): object {
  return { current: pids.current, ...(Number.isFinite(pids.limit) && { limit: pids.limit }) };
}

function cpuOf(sample: UsageSample | undefined): object {
  const cpu = sample?.usage?.cpu;
  return {
    cpu_usage: {
      total_usage: cpu?.totalNs ?? 0,
      usage_in_kernelmode: cpu?.systemNs ?? 0,
      usage_in_usermode: cpu?.userNs ?? 0,
    },
    ...(sample && cpu && { system_cpu_usage: sample.machine.cpuNs, online_cpus: sample.machine.processors }),
    throttling_data: {
      periods: cpu?.periods ?? 0,
      throttled_periods: cpu?.throttledPeriods ?? 0,
      throttled_time: cpu?.throttledNs ?? 0,
    },
  };
}

function networksOf({ interfaces }: Usage): object {
  return Object.fromEntries(
    interfaces.map(({ name, received, sent }) => [
      name,
      {
        rx_bytes: received.bytes,
        rx_packets: received.packets,
        rx_errors: received.errors,
        rx_dropped: received.dropped,
        tx_bytes: sent.bytes,
        tx_packets: sent.packets,
        tx_errors: sent.errors,
        tx_dropped: sent.dropped,
      },
    ]),
  );
}
