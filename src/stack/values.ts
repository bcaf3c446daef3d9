const unitNs: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
  w: 604_800e9,
};

/** A Go duration (`1m30s`) in nanoseconds; `undefined` for anything that is none. */
export function durationNs(text: unknown): number | undefined {
  if (typeof text === 'number') return text * 1e9;
  if (typeof text !== 'string' || text === '') return undefined;
  let total = 0;
  for (const [, amount = '0', unit = 's'] of text.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h|d|w)/g)) {
    total += Number(amount) * (unitNs[unit] ?? 0);
  }
  return Math.round(total);
}

const unitBytes: Readonly<Record<string, number>> = {
  b: 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};

/** A size (`52428800`, `50m`, `-1`) in bytes. */
export function byteSize(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const match = /^(-?[\d.]+)\s*([bkmgt])?b?$/i.exec(value.trim());
  if (!match) return undefined;
  return Math.round(Number(match[1]) * (unitBytes[(match[2] ?? 'b').toLowerCase()] ?? 1));
}

export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value !== '' ? Number(value) : undefined;
}

export function textsOf(value: unknown): string[] | undefined {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.map(String) : undefined;
}

export function mapOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** A copy without the keys whose value is undefined. */
export function defined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Partial<T>;
}
