import { availableParallelism, totalmem } from 'node:os';
import { readText } from '../host/files.ts';
import { listFolder } from '../host/files-now.ts';
import type { Hierarchy } from './cgroups.ts';

/** Bytes or packets of one network interface since it was made. */
export interface InterfaceUsage {
  readonly name: string;
  readonly received: Traffic;
  readonly sent: Traffic;
}

export interface Traffic {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
  readonly dropped: number;
}

export interface DiskUsage {
  readonly major: number;
  readonly minor: number;
  readonly operation: 'read' | 'write';
  readonly bytes: number;
}

/** What a container has used since its start, and what it uses now. */
export interface ContainerUsage {
  readonly cpu: {
    readonly totalNs: number;
    readonly userNs: number;
    readonly systemNs: number;
    readonly periods: number;
    readonly throttledPeriods: number;
    readonly throttledNs: number;
  };
  readonly memory: {
    readonly bytes: number;
    /** The whole memory of the machine where there is no limit. */
    readonly limitBytes: number;
    /** The kernel's own figures (memory.stat). */
    readonly figures: Readonly<Record<string, number>>;
  };
  readonly pids: { readonly current: number; /** Infinity: none. */ readonly limit: number };
  readonly disks: readonly DiskUsage[];
  readonly interfaces: readonly InterfaceUsage[];
}

export interface MachineUsage {
  /** Time of all processors together since the boot, idle time included. */
  readonly cpuNs: number;
  readonly processors: number;
}

/** Reads the cgroup `path` in whichever hierarchies have it, and the interfaces that process `pid` sees. */
export function readUsage(place: {
  readonly path: string;
  readonly hierarchies: readonly Hierarchy[];
  readonly pid: number;
}): ContainerUsage {
  const folderOf = (controller: string): string => {
    const own = place.hierarchies.find(({ controllers }) => controllers.includes(controller));
    const found = own ?? place.hierarchies.find(({ version }) => version === '2');
    return found ? found.mountPoint + place.path : '/nowhere';
  };
  const read = (controller: string, file: string): string =>
    readText(`${folderOf(controller)}/${file}`) ?? '';
  return {
    cpu: cpuOf(read),
    memory: memoryOf(read),
    pids: { current: count(read('pids', 'pids.current')), limit: limitOf(read('pids', 'pids.max')) },
    disks: disksOf(read),
    interfaces: parseInterfaces(readText(`/proc/${place.pid}/net/dev`) ?? ''),
  };
}

export function readMachineUsage(): MachineUsage {
  const [, ...ticks] = (readText('/proc/stat') ?? '').split('\n', 1)[0]?.split(/\s+/) ?? [];
  // The last two, time in guests, are part of the first two.
  const total = ticks.slice(0, 8).reduce((sum, text) => sum + Number(text), 0);
  return { cpuNs: total * TICK_NS, processors: availableParallelism() };
}

/** Host pids of every process in the cgroup `path` and those below it. */
export function allProcessesIn(path: string, hierarchies: readonly Hierarchy[]): number[] {
  const found = new Set<number>();
  const visit = (folder: string): void => {
    const names = listFolder(folder);
    if (names.length === 0) return;
    for (const pid of (readText(`${folder}/cgroup.procs`) ?? '').split('\n')) {
      if (pid !== '') found.add(Number(pid));
    }
    for (const name of names) if (!name.includes('.')) visit(`${folder}/${name}`);
  };
  for (const { mountPoint } of hierarchies) visit(mountPoint + path);
  return [...found].sort((a, b) => a - b);
}

/** Reads the text of /proc/<pid>/net/dev; the loopback is left out. */
export function parseInterfaces(text: string): InterfaceUsage[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', figures = ''] = line.split(':');
    const values = figures.trim().split(/\s+/).map(Number);
    if (values.length < 16 || name.trim() === 'lo') return [];
    return [{ name: name.trim(), received: trafficAt(values, 0), sent: trafficAt(values, 8) }];
  });
}

/** Reads lines of a name and a number. */
export function parseFigures(text: string): Record<string, number> {
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const [name = '', value = ''] = line.trim().split(/\s+/);
      return /^\d+$/.test(value) ? [[name, Number(value)]] : [];
    }),
  );
}

/** USER_HZ is 100 on every Linux that Node runs on. */
const TICK_NS = 10_000_000;
const US_IN_NS = 1000;

type Read = (controller: string, file: string) => string;

function cpuOf(read: Read): ContainerUsage['cpu'] {
  const two = parseFigures(read('cpu', 'cpu.stat'));
  const throttling = { periods: two['nr_periods'] ?? 0, throttledPeriods: two['nr_throttled'] ?? 0 };
  if (two['usage_usec'] !== undefined) {
    return {
      totalNs: two['usage_usec'] * US_IN_NS,
      userNs: (two['user_usec'] ?? 0) * US_IN_NS,
      systemNs: (two['system_usec'] ?? 0) * US_IN_NS,
      ...throttling,
      throttledNs: (two['throttled_usec'] ?? 0) * US_IN_NS,
    };
  }
  const one = parseFigures(read('cpuacct', 'cpuacct.stat'));
  return {
    totalNs: count(read('cpuacct', 'cpuacct.usage')),
    userNs: (one['user'] ?? 0) * TICK_NS,
    systemNs: (one['system'] ?? 0) * TICK_NS,
    ...throttling,
    throttledNs: two['throttled_time'] ?? 0,
  };
}

function memoryOf(read: Read): ContainerUsage['memory'] {
  const current = read('memory', 'memory.current') || read('memory', 'memory.usage_in_bytes');
  const limit = limitOf(read('memory', 'memory.max') || read('memory', 'memory.limit_in_bytes'));
  return {
    bytes: count(current),
    limitBytes: Math.min(limit, totalmem()),
    figures: parseFigures(read('memory', 'memory.stat')),
  };
}

function disksOf(read: Read): DiskUsage[] {
  const two = read('io', 'io.stat');
  if (two !== '') return two.split('\n').flatMap(diskLineOfTwo);
  return read('blkio', 'blkio.throttle.io_service_bytes')
    .split('\n')
    .flatMap((line) => {
      const match = /^(\d+):(\d+) (Read|Write) (\d+)$/.exec(line);
      if (!match) return [];
      const operation = match[3] === 'Read' ? 'read' : 'write';
      return [{ major: Number(match[1]), minor: Number(match[2]), operation, bytes: Number(match[4]) }];
    });
}

/** `8:0 rbytes=1 wbytes=2 …` */
function diskLineOfTwo(line: string): DiskUsage[] {
  const match = /^(\d+):(\d+) .*?rbytes=(\d+) wbytes=(\d+)/.exec(line);
  if (!match) return [];
  const disk = { major: Number(match[1]), minor: Number(match[2]) };
  return [
    { ...disk, operation: 'read', bytes: Number(match[3]) },
    { ...disk, operation: 'write', bytes: Number(match[4]) },
  ];
}

function trafficAt(values: readonly number[], from: number): Traffic {
  const [bytes = 0, packets = 0, errors = 0, dropped = 0] = values.slice(from, from + 4);
  return { bytes, packets, errors, dropped };
}

function count(text: string): number {
  return Number(text.trim()) || 0;
}

function limitOf(text: string): number {
  const word = text.trim();
  return word === '' || word === 'max' ? Infinity : Number(word);
}
