import { readText } from '../host/files.ts';
import { removeFileNow, writeFileNow } from '../host/files-now.ts';
import { listLinks, withNetlink, type Link } from '../host/netlink.ts';
import { readSysctl, writeSysctl } from '../host/sysctl.ts';
import { deviceParameter } from '../network/bridge-steps.ts';

export type ForwardingFamily = 'ipv4' | 'ipv6';

const KEYS: Readonly<Record<ForwardingFamily, string>> = {
  ipv4: 'net.ipv4.ip_forward',
  ipv6: 'net.ipv6.conf.all.forwarding',
};

/** The command that the switch amounts to, for people to read. */
export function forwardingCommand(family: ForwardingFamily): string {
  return `sysctl -w ${KEYS[family]}=1`;
}

/**
 * Forwarding: every bridge needs that of its families. When it was off, a note in the run root says so, and it is
 * switched off again with the last bridge of the family.
 */
export class Forwarding {
  readonly #noteFile: string;
  readonly #owner: string;

  /** `owner`: the word that marks devices as ours. */
  constructor(noteFile: string, owner: string) {
    this.#noteFile = noteFile;
    this.#owner = owner;
  }

  isOff(family: ForwardingFamily): boolean {
    return readSysctl(KEYS[family]) === '0';
  }

  on(family: ForwardingFamily): void {
    if (!this.isOff(family)) return;
    const listeners = family === 'ipv6' ? devicesThatListen() : [];
    writeFileNow(this.#note(family), ['0', ...listeners].join('\n') + '\n');
    for (const device of listeners) setAdvertisements(device, '2');
    writeSysctl({ key: KEYS[family], value: '1' });
  }

  /** Nothing when forwarding was on before we came, or somebody else came since and needs it as well. */
  restore(family: ForwardingFamily): void {
    const note = readText(this.#note(family));
    if (note === undefined) return;
    if (othersForward(withNetlink(undefined, listLinks), this.#owner)) {
      removeFileNow(this.#note(family));
      return;
    }
    writeSysctl({ key: KEYS[family], value: '0' });
    const [, ...listeners] = note.trim().split('\n');
    const present = new Set(deviceNames());
    for (const device of listeners.filter((name) => present.has(name))) setAdvertisements(device, '1');
    removeFileNow(this.#note(family));
  }

  #note(family: ForwardingFamily): string {
    return family === 'ipv4' ? this.#noteFile : `${this.#noteFile}.ipv6`;
  }
}

/**
 * True when a bridge that is not ours leads elsewhere by way of this host only, as those of Docker, libvirt and LXC do:
 * no device of the machine itself is a port of it. They found forwarding on, and left it at that. Pure.
 */
export function othersForward(links: readonly Link[], owner: string): boolean {
  const bridgesOfMachine = new Set(links.filter(({ kind }) => kind === '').map(({ master }) => master));
  return links.some(
    ({ kind, alias, index }) =>
      kind === 'bridge' && !alias.startsWith(`berth:${owner}:`) && !bridgesOfMachine.has(index),
  );
}

/**
 * A kernel that forwards takes no router advertisements any more, unless told to (`accept_ra` = 2): a host that got
 * its own IPv6 default route from one would lose it.
 */
function devicesThatListen(): string[] {
  return deviceNames().filter((device) => readSysctl(deviceParameter('ipv6', device, 'accept_ra')) === '1');
}

function deviceNames(): string[] {
  return withNetlink(undefined, listLinks).map(({ name }) => name);
}

function setAdvertisements(device: string, value: '1' | '2'): void {
  writeSysctl({ key: deviceParameter('ipv6', device, 'accept_ra'), value });
}
