import { setTimeout as delay } from 'node:timers/promises';
import type { Exchange } from '../../host/http-exchange.ts';
import { codeOf } from './errors.ts';

/** How often and how soon to try again. */
export interface RetryPolicy {
  /** Further tries after the first, as long as none of them gets on. */
  readonly times: number;
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  /** A registry that wants a longer pause than this is not waited for. */
  readonly longestAskedMs: number;
  /** An exchange in which nothing moves for so long counts as broken off. */
  readonly idleTimeoutMs: number;
}

export const DEFAULT_RETRIES: RetryPolicy = {
  times: 5,
  firstDelayMs: 250,
  longestDelayMs: 8_000,
  longestAskedMs: 60_000,
  idleTimeoutMs: 30_000,
};

/** The n-th pause, from 0: twice as long each time, and a little by chance, so that many clients do not come at once. */
export async function pause(policy: RetryPolicy, count: number, signal: AbortSignal): Promise<void> {
  const ms = Math.min(policy.firstDelayMs * 2 ** count, policy.longestDelayMs);
  await delay(ms * (0.8 + 0.4 * Math.random()), undefined, { signal });
}

/** Failures that pass: a cut or silent connection. A refused one, a name unknown, or a bad certificate stay. */
export function isPassing(error: unknown): boolean {
  return PASSING.has(codeOf(error) ?? '');
}

export function isPassingStatus(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501);
}

/** `Retry-After` in milliseconds: seconds or a date (RFC 9110 §10.2.3); undefined when there is none. */
export function askedPauseMs({ headers }: Pick<Exchange, 'headers'>, nowMs: number): number | undefined {
  const text = headers['retry-after'];
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const dateMs = Date.parse(text);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

const PASSING = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
]);
