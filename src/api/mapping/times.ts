/** Go's zero time: Docker's word for "never". */
export const NEVER = '0001-01-01T00:00:00Z';

/** Nanoseconds since 1970 as RFC 3339 with nine digits. */
export function rfc3339(timeNs: bigint): string {
  const seconds = timeNs / 1_000_000_000n;
  const fraction = String(timeNs % 1_000_000_000n).padStart(9, '0');
  return new Date(Number(seconds) * 1000).toISOString().replace('.000Z', `.${fraction}Z`);
}

export function unixSeconds(time: string): number {
  const milliseconds = Date.parse(time);
  return Number.isNaN(milliseconds) ? 0 : Math.floor(milliseconds / 1000);
}

const HOUR_S = 3600;

/** Each row: up to how many seconds, and the words. Limits and rounding are those that people know from `docker ps`. */
const SCALE: readonly (readonly [limitS: number, words: (seconds: number) => string])[] = [
  [1, () => 'Less than a second'],
  [2, () => '1 second'],
  [60, (seconds) => `${Math.floor(seconds)} seconds`],
  [120, () => 'About a minute'],
  [HOUR_S, (seconds) => `${Math.floor(seconds / 60)} minutes`],
  [1.5 * HOUR_S, () => 'About an hour'],
  [47.5 * HOUR_S, (seconds) => `${hoursOf(seconds)} hours`],
  [335.5 * HOUR_S, (seconds) => `${Math.floor(hoursOf(seconds) / 24)} days`],
  [1439.5 * HOUR_S, (seconds) => `${Math.floor(hoursOf(seconds) / 24 / 7)} weeks`],
  [17519.5 * HOUR_S, (seconds) => `${Math.floor(hoursOf(seconds) / 24 / 30)} months`],
];

/** A span of time in words: `3 minutes`, `About an hour`. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000);
  const row = SCALE.find(([limitS]) => seconds < limitS);
  return row ? row[1](seconds) : `${Math.floor(hoursOf(seconds) / 24 / 365)} years`;
}

function hoursOf(seconds: number): number {
  return Math.round(seconds / HOUR_S);
}
