import { setTimeout as delay } from 'node:timers/promises';
import { acceptsConnections } from '../host/tcp-probe.ts';
import type { Service } from './service.ts';

/** Something to wait for in a service. Values: they can be kept, shared and put together. */
export interface Wait {
  /** In words, for the error of a wait in vain. */
  readonly what: string;
  /** Default: that of the caller. */
  readonly deadlineMs?: number | undefined;
  /** The end of the service ends the wait, badly. */
  readonly failsAtEnd?: boolean;
  /** Resolves when it is reached. */
  readonly reach: (service: Service, signal: AbortSignal) => Promise<void>;
}

export interface HttpWait {
  /** Port inside the container; default: its only one. */
  readonly port?: number;
  /** Default: any from 200 to 299. */
  readonly status?: number;
  /** What the body has to match. */
  readonly body?: RegExp;
}

/** What a test can wait for. */
export const wait = {
  /** It was started; nothing else. In the place of the wait for published ports. */
  running: (): Wait => ({ what: 'its start', reach: () => Promise.resolve() }),

  /** Its health check says so. */
  healthy: (): Wait => ({ what: 'its health', reach: (service, signal) => service.reach('healthy', signal) }),

  /** It ended with exit code 0. */
  done: (): Wait => ({ what: 'its end', reach: (service, signal) => service.reach('completed', signal) }),

  /** A port of the container accepts connections. Default: its only one. */
  port: (port?: number): Wait => ({
    what: port === undefined ? 'its port' : `port ${String(port)}`,
    failsAtEnd: true,
    reach: (service, signal) =>
      again(signal, () => acceptsConnections({ ...service.endpoint(port), timeoutMs: CONNECT_MS })),
  }),

  /** An HTTP request is answered as wanted. */
  http: (path = '/', options: HttpWait = {}): Wait => ({
    what: `an answer to GET ${path}`,
    failsAtEnd: true,
    reach: (service, signal) => again(signal, () => answers({ service, path, options, signal })),
  }),

  /** A line of its log, from its start on, contains the text or matches the pattern; `times`: that many of them. */
  log: (pattern: string | RegExp, { times = 1 }: { readonly times?: number } = {}): Wait => ({
    what: `the log line ${String(pattern)}`,
    reach: async (service, signal) => {
      let missing = times;
      for await (const { text } of service.logStream({ signal })) {
        const isIt = typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text);
        if (isIt && --missing === 0) return;
      }
      signal.throwIfAborted();
      throw new Error('the log ended without it');
    },
  }),

  /** `check` does not throw and does not give false; it is tried again and again. */
  custom: (
    check: (service: Service) => unknown,
    { what = 'a condition of the test' }: { readonly what?: string } = {},
  ): Wait => ({
    what,
    reach: async (service, signal) => again(signal, async () => (await check(service)) !== false),
  }),

  /** All of them. */
  all: (...waits: readonly Wait[]): Wait => ({
    what: waits.map(({ what }) => what).join(' and '),
    failsAtEnd: waits.some(({ failsAtEnd }) => failsAtEnd === true),
    reach: async (service, signal) => {
      await Promise.all(waits.map((one) => service.within(one, signal)));
    },
  }),

  /** The first of them; the others are given up. */
  any: (...waits: readonly Wait[]): Wait => ({
    what: waits.map(({ what }) => what).join(' or '),
    failsAtEnd: waits.every(({ failsAtEnd }) => failsAtEnd === true),
    reach: async (service, signal) => {
      const over = new AbortController();
      try {
        const either = AbortSignal.any([signal, over.signal]);
        await Promise.any(waits.map((one) => service.within(one, either)));
      } finally {
        over.abort();
      }
    },
  }),

  /** The same with a deadline of its own. */
  within: (ms: number, one: Wait): Wait => ({ ...one, deadlineMs: ms }),
} as const;

const CONNECT_MS = 1000;
const FIRST_PAUSE_MS = 4;
const PAUSE_MS_MAX = 100;

/** Tries until it is true; what it throws is remembered for the error of a wait in vain. */
async function again(signal: AbortSignal, attempt: () => Promise<boolean>): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  let last: unknown;
  for (;;) {
    try {
      if (await attempt()) return;
    } catch (error) {
      last = error;
    }
    try {
      await delay(pauseMs, undefined, { signal });
    } catch (error) {
      throw last ?? error;
    }
    pauseMs = Math.min(pauseMs * 1.5, PAUSE_MS_MAX);
  }
}

async function answers(about: {
  service: Service;
  path: string;
  options: HttpWait;
  signal: AbortSignal;
}): Promise<boolean> {
  const { service, path, options, signal } = about;
  const { host, port } = service.endpoint(options.port);
  const answer = await fetch(`http://${host}:${String(port)}${path}`, { signal });
  const text = await answer.text();
  const isWanted = options.status === undefined ? answer.ok : answer.status === options.status;
  if (!isWanted) throw new Error(`status ${String(answer.status)}`);
  return options.body === undefined || options.body.test(text);
}
