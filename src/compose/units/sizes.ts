const POWERS: Readonly<Record<string, number>> = { '': 0, b: 0, k: 1, m: 2, g: 3, t: 4, p: 5 };

/** Bytes of a text such as `64kb`, `1.5GiB`, `2g` or `-1`, counted in powers of 1024; `undefined` when it is none. */
export function parseSize(text: string): bigint | undefined {
  const match = /^(-?)(\d+(?:\.\d*)?|\.\d+)\s*(?:([kmgtp]?)(?:i?b)?|(b))$/i.exec(text.trim());
  if (match === null) return undefined;
  const power = POWERS[(match[3] ?? '').toLowerCase()];
  if (power === undefined) return undefined;
  const [whole = '', fraction = ''] = (match[2] ?? '').split('.');
  const unit = 1024n ** BigInt(power);
  const digits = fraction.slice(0, 18);
  const part = digits === '' ? 0n : (BigInt(digits) * unit) / 10n ** BigInt(digits.length);
  const bytes = BigInt(whole || '0') * unit + part;
  if (bytes > 2n ** 63n - 1n) return undefined;
  return match[1] === '-' ? -bytes : bytes;
}
