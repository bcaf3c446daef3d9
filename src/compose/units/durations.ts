const NANOSECONDS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
};

const MAX = 2n ** 63n - 1n;

/** Nanoseconds of a text such as `1h5m30s20ms`, `1.5s`, `2d` or `0`; `undefined` when it is none. */
export function parseDuration(text: string): bigint | undefined {
  const sign = text.startsWith('-') ? -1n : 1n;
  const body = text.replace(/^[-+]/, '');
  if (/^0+$/.test(body)) return 0n;
  const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d|w)/y;
  let total = 0n;
  while (part.lastIndex < body.length) {
    const match = part.exec(body);
    if (match === null) return undefined;
    total += scaled(match[1] ?? '', NANOSECONDS[match[2] ?? ''] ?? 0n);
    if (total > MAX) return undefined;
  }
  return body === '' ? undefined : sign * total;
}

function scaled(number: string, unit: bigint): bigint {
  const [whole = '', fraction = ''] = number.split('.');
  const digits = fraction.slice(0, 18);
  return (
    BigInt(whole || '0') * unit +
    (digits === '' ? 0n : (BigInt(digits) * unit) / 10n ** BigInt(digits.length))
  );
}
