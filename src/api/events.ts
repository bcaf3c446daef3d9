import { type Call, timestampNs } from './call.ts';
import { eventMatches } from './event-filters.ts';
import { readFilters } from './filters.ts';
import { eventLine } from './mapping/event.ts';
import { beginStream, write } from './reply.ts';
import { route, type Route } from './router.ts';

export const eventRoutes: readonly Route[] = [route('GET', '/events', events)];

const KNOWN = [
  'config',
  'container',
  'daemon',
  'event',
  'image',
  'label',
  'label!',
  'network',
  'node',
  'plugin',
  'scope',
  'secret',
  'service',
  'type',
  'volume',
];

/** How long past events may take to be told when `until` is over already. */
const PAST_GRACE_MS = 50;

/** Without `since`, events from now on; with it, the remembered ones first. */
async function events(call: Call): Promise<void> {
  const filters = readFilters(call, KNOWN);
  const sinceNs = timestampNs(call, 'since') ?? BigInt(Date.now()) * 1_000_000n;
  const untilNs = timestampNs(call, 'until');
  const ended = new AbortController();
  const timer = untilNs === undefined ? undefined : setTimeout(() => ended.abort(), waitMs(untilNs));
  const stream = call.engine.events(AbortSignal.any([call.signal, ended.signal]));
  beginStream(call.response, 'application/json');
  try {
    for await (const event of stream) {
      if (event.timeNs < sinceNs) continue;
      if (untilNs !== undefined && event.timeNs > untilNs) break;
      if (eventMatches(event, filters)) await write(call.response, eventLine(event));
    }
  } finally {
    clearTimeout(timer);
  }
  call.response.end();
}

function waitMs(untilNs: bigint): number {
  const leftMs = Number(untilNs / 1_000_000n) - Date.now();
  return Math.min(Math.max(leftMs, PAST_GRACE_MS), 2 ** 31 - 1);
}
