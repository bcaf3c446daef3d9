import { lookup } from 'node:dns/promises';
import { mountAsync } from './mounts.ts';

/** The options of a volume of the driver "local", as `docker volume create -o` takes them. */
export interface LocalVolumeOptions {
  readonly type: string;
  readonly device: string;
  /** Comma-separated, as for mount(8): `addr=10.0.0.1,rw`, `bind,ro`, `size=64m,uid=1000`. */
  readonly o: string;
}

/**
 * Mounts what a volume is made of. The server of a network filesystem may be a name: the kernel takes addresses only.
 * Throws KernelError, or the error of the name's lookup.
 */
export async function mountLocalVolume(options: LocalVolumeOptions, target: string): Promise<void> {
  const { flags, data } = mountOptions(await withAddress(options));
  const { device, type } = options;
  await mountAsync({ source: device, target, type, flags, data });
  // The kernel makes a bind mount first, and takes what else it shall be in a second call.
  if ((flags & BIND) !== 0 && (flags & ~(BIND | RECURSIVE)) !== 0) {
    await mountAsync({ source: device, target, type, flags: flags | REMOUNT, data });
  }
}

/** Flags and the filesystem's own options of a list as mount(8) takes it. The last of two opposites counts. */
export function mountOptions(text: string): { readonly flags: number; readonly data: string } {
  let flags = 0;
  const data: string[] = [];
  for (const option of text.split(',').filter((word) => word !== '')) {
    const [bits, sets] = FLAGS[option] ?? [];
    if (bits === undefined) data.push(option);
    else flags = sets === 'clear' ? flags & ~bits : flags | bits;
  }
  return { flags, data: data.join(',') };
}

async function withAddress({ type, o }: LocalVolumeOptions): Promise<string> {
  const name = /(?:^|,)addr=([^,]+)/.exec(o)?.[1];
  if (name === undefined || !/^(nfs4?|cifs|smb3)$/.test(type)) return o;
  const { address } = await lookup(name);
  return o.replace(`addr=${name}`, `addr=${address}`);
}

const REMOUNT = 0x20;
const BIND = 0x1000;
const RECURSIVE = 0x4000;
const FLAGS: Readonly<Record<string, readonly [number, 'set' | 'clear']>> = {
  defaults: [0, 'set'],
  ro: [0x1, 'set'],
  rw: [0x1, 'clear'],
  nosuid: [0x2, 'set'],
  suid: [0x2, 'clear'],
  nodev: [0x4, 'set'],
  dev: [0x4, 'clear'],
  noexec: [0x8, 'set'],
  exec: [0x8, 'clear'],
  sync: [0x10, 'set'],
  async: [0x10, 'clear'],
  remount: [REMOUNT, 'set'],
  mand: [0x40, 'set'],
  nomand: [0x40, 'clear'],
  dirsync: [0x80, 'set'],
  noatime: [0x400, 'set'],
  atime: [0x400, 'clear'],
  nodiratime: [0x800, 'set'],
  diratime: [0x800, 'clear'],
  bind: [BIND, 'set'],
  rbind: [BIND | RECURSIVE, 'set'],
  relatime: [0x200000, 'set'],
  norelatime: [0x200000, 'clear'],
  strictatime: [0x1000000, 'set'],
  nostrictatime: [0x1000000, 'clear'],
};
