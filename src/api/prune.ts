import { badFilter } from './errors.ts';
import type { Filters } from './filters.ts';

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** The filters that every prune call knows: labels, and `until` (a timestamp, a date, or a duration before now). */
export function pruneAccepts(
  filters: Filters,
): (item: { labels: Readonly<Record<string, string>>; created: string }) => boolean {
  const [until] = filters.values('until');
  const beforeMs = until === undefined ? Infinity : parseUntilMs(until);
  return ({ labels, created }) => filters.labels(labels) && Date.parse(created) < beforeMs;
}

function parseUntilMs(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const durationS = parseDurationS(text);
  if (durationS !== undefined) return Date.now() - durationS * 1000;
  const date = Date.parse(text);
  if (Number.isNaN(date)) throw badFilter(`invalid filter 'until=${text}'`);
  return date;
}

/** A duration as Go writes it: `1h30m`. */
function parseDurationS(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?[hms])+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([hms])/g)];
  return parts.reduce(
    (total, [, count, unit]) => total + Number(count) * (UNIT_SECONDS[unit ?? 's'] ?? 1),
    0,
  );
}
