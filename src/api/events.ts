import type { EngineEvent } from '../engine/engine-api.ts';
import { type Call, timestampNs } from './call.ts';
import { badRequest } from './errors.ts';
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

/** Without `since` and `until`, events from now on; with one, the remembered ones first. Ends at `until`. */
async function events(call: Call): Promise<void> {
  const filters = readFilters(call, KNOWN);
  const sinceNs = timestampNs(call, 'since');
  const untilNs = timestampNs(call, 'until');
  if (sinceNs !== undefined && untilNs !== undefined && untilNs < sinceNs) {
    throw badRequest(
      `\`since\` time (${call.query.get('since') ?? ''}) cannot be after \`until\` time (${call.query.get('until') ?? ''})`,
    );
  }
  const ended = new AbortController();
  const live = call.engine.events(AbortSignal.any([call.signal, ended.signal]));
  const past = sinceNs === undefined && untilNs === undefined ? [] : call.eventLog.past();
  beginStream(call.response, 'application/json');
  const tell = async (event: EngineEvent): Promise<void> => {
    if (event.timeNs < (sinceNs ?? 0n) || (untilNs !== undefined && event.timeNs > untilNs)) return;
    if (eventMatches(event, filters)) await write(call.response, eventLine(event));
  };
  for (const event of past) await tell(event);
  const timer = untilNs === undefined ? undefined : setTimeout(() => ended.abort(), waitMs(untilNs));
  try {
    for await (const event of live) await tell(event);
  } finally {
    clearTimeout(timer);
  }
  call.response.end();
}

function waitMs(untilNs: bigint): number {
  const leftMs = Number(untilNs / 1_000_000n) - Date.now();
  return Math.min(Math.max(leftMs, 0), 2 ** 31 - 1);
}
