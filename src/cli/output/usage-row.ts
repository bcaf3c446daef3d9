import { sizeText } from '../resources.ts';

/** The part of `GET /containers/{id}/stats` that people look at. */
export interface RawUsage {
  readonly cpu_stats?: CpuUsage;
  readonly precpu_stats?: CpuUsage;
  readonly memory_stats?: {
    readonly usage?: number;
    readonly limit?: number;
    readonly stats?: Readonly<Record<string, number>>;
  };
  readonly networks?: Readonly<Record<string, { readonly rx_bytes: number; readonly tx_bytes: number }>>;
  readonly blkio_stats?: {
    readonly io_service_bytes_recursive?: readonly { readonly op: string; readonly value: number }[] | null;
  };
  readonly pids_stats?: { readonly current?: number };
}

interface CpuUsage {
  readonly cpu_usage: { readonly total_usage: number };
  readonly system_cpu_usage?: number;
  readonly online_cpus?: number;
}

/** The row of a container, with the keys of `docker compose stats --format json`. Without a sample: dashes. */
export function usageRow(
  { id, name }: { readonly id: string; readonly name: string },
  usage: RawUsage | undefined,
): Readonly<Record<string, string>> {
  const memory = usage?.memory_stats;
  const used = memoryUsed(memory);
  const limit = memory?.limit ?? 0;
  const interfaces = Object.values(usage?.networks ?? {});
  const disks = usage?.blkio_stats?.io_service_bytes_recursive ?? [];
  const moved = (operation: string) =>
    sum(disks.filter(({ op }) => op.toLowerCase() === operation).map(({ value }) => value));
  const isThere = usage?.pids_stats?.current !== undefined;
  const orDashes = (text: string) => (isThere ? text : text.includes('/') ? '-- / --' : '--');
  return {
    BlockIO: orDashes(`${sizeText(moved('read'))} / ${sizeText(moved('write'))}`),
    CPUPerc: orDashes(`${processorPercent(usage).toFixed(2)}%`),
    Container: name,
    ID: id,
    MemPerc: orDashes(`${(limit > 0 ? (used / limit) * 100 : 0).toFixed(2)}%`),
    MemUsage: orDashes(`${binarySize(used)} / ${binarySize(limit)}`),
    Name: name,
    NetIO: orDashes(
      `${sizeText(sum(interfaces.map((one) => one.rx_bytes)))} / ${sizeText(sum(interfaces.map((one) => one.tx_bytes)))}`,
    ),
    PIDs: orDashes(String(usage?.pids_stats?.current ?? 0)),
  };
}

/** As Docker's client reckons: of one processor, so that two busy ones are 200 %. */
function processorPercent(usage: RawUsage | undefined): number {
  const [now, before] = [usage?.cpu_stats, usage?.precpu_stats];
  if (!now || !before) return 0;
  const own = now.cpu_usage.total_usage - before.cpu_usage.total_usage;
  const all = (now.system_cpu_usage ?? 0) - (before.system_cpu_usage ?? 0);
  return all > 0 && own > 0 ? (own / all) * (now.online_cpus ?? 1) * 100 : 0;
}

/** Without what the kernel keeps of files and could give back at once. */
function memoryUsed(memory: RawUsage['memory_stats']): number {
  const usage = memory?.usage ?? 0;
  const files = memory?.stats?.['total_inactive_file'] ?? memory?.stats?.['inactive_file'] ?? 0;
  return files < usage ? usage - files : usage;
}

function binarySize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const unit = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** unit;
  return `${unit === 0 ? value : Number(value.toPrecision(4))}${units[unit] ?? ''}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
