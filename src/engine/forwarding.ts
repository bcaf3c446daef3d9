import { readText } from '../host/files.ts';
import { removeFileNow, writeFileNow } from '../host/files-now.ts';
import { readSysctl, writeSysctl } from '../host/sysctl.ts';

const KEY = 'net.ipv4.ip_forward';

/** The command that the switch amounts to, for people to read. */
export const FORWARDING_ON = 'sysctl -w net.ipv4.ip_forward=1';

/**
 * IPv4 forwarding: every bridge needs it. When it was off, a note in the run root says so, and it is switched off
 * again with the last bridge.
 */
export class Forwarding {
  readonly #noteFile: string;

  constructor(noteFile: string) {
    this.#noteFile = noteFile;
  }

  isOff(): boolean {
    return readSysctl(KEY) === '0';
  }

  on(): void {
    if (!this.isOff()) return;
    writeFileNow(this.#noteFile, '0\n');
    writeSysctl({ key: KEY, value: '1' });
  }

  /** Nothing when forwarding was on before we came. */
  restore(): void {
    if (readText(this.#noteFile) === undefined) return;
    writeSysctl({ key: KEY, value: '0' });
    removeFileNow(this.#noteFile);
  }
}
