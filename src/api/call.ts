import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { EngineApi } from '../engine/engine-api.ts';
import { badRequest } from './errors.ts';
import type { EventLog } from './event-log.ts';

/** One request, as a handler sees it. */
export interface Call {
  readonly engine: EngineApi;
  readonly eventLog: EventLog;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What the path's placeholders matched, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** N of the API version 1.N that the client speaks. */
  readonly apiMinor: number;
  /** Aborts when the client is gone or has its answer. */
  readonly signal: AbortSignal;
  /** The connection, when the client asked to upgrade it. Its unread bytes start with the request's body. */
  readonly upgrade: Socket | undefined;
}

export type Handler = (call: Call) => void | Promise<void>;

export function param(call: Call, name: string): string {
  return call.params[name] ?? '';
}

/** A flag of the query as dockerd reads it: anything but nothing, `0`, `no`, `false` and `none` is true. */
export function flag(call: Call, name: string, otherwise = false): boolean {
  const text = call.query.get(name);
  if (text === null || text === '') return otherwise;
  return !['0', 'no', 'false', 'none'].includes(text.trim().toLowerCase());
}

/** A whole number of the query; undefined when it is not there. */
export function integer(call: Call, name: string): number | undefined {
  const text = call.query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^-?\d{1,15}$/.test(text)) throw badRequest(`strconv.Atoi: parsing "${text}": invalid syntax`);
  return Number(text);
}

/** Seconds since 1970 with an optional fraction, as nanoseconds; undefined when absent, empty or 0. */
export function timestampNs(call: Call, name: string): bigint | undefined {
  const text = call.query.get(name);
  if (text === null || text === '') return undefined;
  const match = /^(-?\d{1,12})(?:\.(\d*))?$/.exec(text);
  if (!match) throw badRequest(`invalid value for "${name}": ${text} is not a Unix timestamp`);
  const fraction = (match[2] ?? '').slice(0, 9).padEnd(9, '0');
  const time = BigInt(match[1] ?? '0') * 1_000_000_000n + BigInt(fraction);
  return time === 0n ? undefined : time;
}
