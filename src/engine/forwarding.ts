import type { Step } from '../model/action.ts';
import { readText } from '../host/files.ts';
import type { EngineState } from './state.ts';

const KEY = 'net.ipv4.ip_forward';
const FILE = '/proc/sys/net/ipv4/ip_forward';

/**
 * IPv4 forwarding: every bridge needs it. When it was off, a note in the run root says so, and the last network
 * to go switches it off again.
 */
export class Forwarding {
  readonly #noteFile: string;

  constructor(noteFile: string) {
    this.#noteFile = noteFile;
  }

  stepsOn(): Step[] {
    if (readText(FILE)?.trim() !== '0') return [];
    return [
      {
        id: 'forwarding-note',
        title: 'remember that IPv4 forwarding was off',
        action: { kind: 'file-write', path: this.#noteFile, content: '0\n', mode: 0o644 },
      },
      {
        id: 'forwarding',
        title: 'switch IPv4 forwarding on',
        action: { kind: 'sysctl', key: KEY, value: '1' },
      },
    ];
  }

  /** Nothing while another bridge network stands, or when forwarding was on before we came. */
  stepsOff(state: EngineState, leaving: string): Step[] {
    const others = [...state.networks.values()].some((network) => network.bridge !== '' && !network.dormant && network.id !== leaving);
    if (others || readText(this.#noteFile) === undefined) return [];
    return [
      {
        id: 'forwarding',
        title: 'switch IPv4 forwarding off again',
        action: { kind: 'sysctl', key: KEY, value: '0' },
      },
      {
        id: 'forwarding-note',
        title: 'forget the note about forwarding',
        action: { kind: 'tree-del', path: this.#noteFile },
      },
    ];
  }
}
