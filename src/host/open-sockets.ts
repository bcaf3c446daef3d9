import { readdir, readFile, readlink } from 'node:fs/promises';
import { ipKey } from './ip-bytes.ts';

/** A socket of this network namespace, as the kernel lists it. */
export interface OpenSocket {
  readonly protocol: 'tcp' | 'udp';
  /** Hexadecimal digits of the address, 8 or 32, in network order; see `ipKey`. */
  readonly addressKey: string;
  readonly port: number;
  readonly isListening: boolean;
  /** 0 when no process holds it any more. */
  readonly inode: number;
}

/** A process, as a person would recognise it. */
export interface ProcessFacts {
  readonly pid: number;
  /** Arguments joined by spaces. */
  readonly command: string;
  readonly cwd?: string;
}

/** The TCP or UDP sockets, IPv4 and IPv6, of a process's network namespace; without a pid, of the engine's. */
export async function openSockets(protocol: 'tcp' | 'udp', pid?: number): Promise<readonly OpenSocket[]> {
  const folder = `/proc/${pid === undefined ? 'self' : String(pid)}/net`;
  const tables = await Promise.all(
    [protocol, `${protocol}6`].map((name) => readFile(`${folder}/${name}`, 'utf8').catch(() => '')),
  );
  return tables.flatMap((table) => parseSocketTable(table, protocol));
}

/** Reads the text of /proc/net/{tcp,tcp6,udp,udp6}. */
export function parseSocketTable(text: string, protocol: 'tcp' | 'udp'): readonly OpenSocket[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const fields = line.trim().split(/\s+/);
      const [address, port] = (fields[1] ?? '').split(':');
      if (address === undefined || port === undefined) return [];
      const state = fields[3];
      return {
        protocol,
        addressKey: inNetworkOrder(address),
        port: Number.parseInt(port, 16),
        isListening: state === (protocol === 'tcp' ? TCP_LISTEN : UDP_UNCONNECTED),
        inode: Number(fields[9] ?? 0),
      };
    });
}

/** The process that has the socket with this inode open; `undefined` when none can be seen. */
export async function processWithSocket(inode: number): Promise<ProcessFacts | undefined> {
  const link = `socket:[${inode}]`;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (await hasOpen(pid, link)) return processFacts(pid);
  }
  return undefined;
}

const TCP_LISTEN = '0A';
const UDP_UNCONNECTED = '07';
/** `0.0.0.0` and `::`. */
export const ANY_IPV4_KEY = ipKey('0.0.0.0') ?? '';
export const ANY_IPV6_KEY = ipKey('::') ?? '';

/** The kernel prints addresses as 32-bit words in the machine's order, which is little-endian here. */
function inNetworkOrder(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  return words.map((word) => Buffer.from(word, 'hex').reverse().toString('hex')).join('');
}

async function hasOpen(pid: string, link: string): Promise<boolean> {
  try {
    for (const fd of await readdir(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
      if (target === link) return true;
    }
  } catch {
    // The process has ended, or belongs to somebody whose files we may not see.
  }
  return false;
}

async function processFacts(pid: string): Promise<ProcessFacts> {
  const arguments_ = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  const command = arguments_.split('\0').join(' ').trim();
  return {
    pid: Number(pid),
    command: command === '' ? name.trim() : command,
    ...(cwd !== undefined && { cwd }),
  };
}
