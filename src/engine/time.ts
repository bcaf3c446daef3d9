/** The present, RFC 3339 with nanoseconds, as the Engine API writes it. */
export function nowText(): string {
  return timeText(nowNs());
}

/** Nanoseconds since 1970. */
export function nowNs(): bigint {
  const milliseconds = performance.timeOrigin + performance.now();
  return BigInt(Math.round(milliseconds * 1000)) * 1000n;
}

export function timeText(ns: bigint): string {
  const seconds = new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(ns % 1_000_000_000n).padStart(9, '0')}Z`;
}

/** What the Engine API writes for a time that never was. */
export const NEVER = '0001-01-01T00:00:00Z';
