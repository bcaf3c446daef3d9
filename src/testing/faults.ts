import type { Lease } from '../client/lease.ts';
import { isIpAddress } from '../compose/canonical/ip-address.ts';
import type { Fault } from '../model/fault.ts';
import { faultAddress, rateInvalid } from './errors.ts';

/** A fault that is in force. `await using` ends it with its block; at the latest it ends with the stack. */
export interface FaultHandle extends AsyncDisposable {
  heal(): Promise<void>;
}

export interface LimitOptions {
  /** `500kbit`, `10mbit`, or bits a second. */
  readonly rate: string | number;
}

/** What names fail, or lead elsewhere, for all services of the stack. */
export interface DnsFaults {
  /** Questions for the name are answered with SERVFAIL, or with NXDOMAIN. */
  fail(name: string, options?: { readonly with?: 'servfail' | 'nxdomain' }): Promise<FaultHandle>;
  /** The name leads to these addresses, or to those of a service. Names of the outside too. */
  override(name: string, target: string | readonly string[]): Promise<FaultHandle>;
}

/** The faults that this process asked for; the engine is told all of them at each change. */
export class Faults {
  readonly #lease: Lease;
  #faults: readonly Fault[] = [];

  constructor(lease: Lease) {
    this.#lease = lease;
  }

  async add(fault: Fault): Promise<FaultHandle> {
    await this.#set([...this.#faults, fault]);
    const heal = async (): Promise<void> => {
      if (this.#faults.includes(fault)) await this.#set(this.#faults.filter((other) => other !== fault));
    };
    return { heal, [Symbol.asyncDispose]: heal };
  }

  async clear(): Promise<void> {
    if (this.#faults.length > 0) await this.#set([]);
  }

  async #set(faults: readonly Fault[]): Promise<void> {
    const before = this.#faults;
    this.#faults = faults;
    try {
      await this.#lease.setFaults(faults);
    } catch (error) {
      this.#faults = before;
      throw error;
    }
  }
}

/** @throws {UsageError} RATE_INVALID */
export function bitsPerSecond(rate: string | number): number {
  if (typeof rate === 'number') return Math.round(rate);
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)bit(?:\/s)?$/i.exec(rate.trim());
  if (!match) throw rateInvalid(rate);
  return Math.round(Number(match[1]) * (UNITS[(match[2] ?? '').toLowerCase()] ?? 1));
}

/** The addresses that a target stands for. @throws {UsageError} FAULT_ADDRESS */
export function addressesOf(
  target: string | readonly string[],
  addressOfService: (name: string) => string | undefined,
): string[] {
  const targets = typeof target === 'string' ? [target] : target;
  return targets.map((one) => {
    const address = isIpAddress(one) ? one : addressOfService(one);
    if (address === undefined) throw faultAddress(one);
    return address;
  });
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };
