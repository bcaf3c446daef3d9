import { UsageError } from '../model/errors.ts';

/** For commander: a whole number from 0. */
export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw badValue(text, 'a whole number');
  return Number(text);
}

/** `SERVICE=N`, several times → a map. */
export function scales(text: string, earlier: Readonly<Record<string, number>> = {}): Record<string, number> {
  const [service = '', count = ''] = text.split('=');
  if (service === '' || !/^\d+$/.test(count)) throw badValue(text, 'SERVICE=NUMBER, such as web=3');
  return { ...earlier, [service]: Number(count) };
}

/** `KEY=VALUE`, several times → a map. */
export function pairs(text: string, earlier: Readonly<Record<string, string>> = {}): Record<string, string> {
  const separator = text.indexOf('=');
  if (separator < 0) return { ...earlier, [text]: '' };
  return { ...earlier, [text.slice(0, separator)]: text.slice(separator + 1) };
}

/** `KEY=VALUE` stays; a bare `KEY` gets the caller's value, and goes when the caller has none. */
export function forwarded(
  variables: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  return variables.flatMap((text) => {
    if (text.includes('=')) return [text];
    const value = environment[text];
    return value === undefined ? [] : [`${text}=${value}`];
  });
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `10m`, `1h30m`, a date, or seconds since 1970 → seconds since 1970, as text. */
export function moment(text: string, nowMs: number): string {
  if (/^\d+(\.\d+)?$/.test(text)) return text;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  if (parts.length > 0 && parts.map(([whole]) => whole).join('') === text) {
    const ago = parts.reduce((sum, [, amount = '0', unit = 's']) => {
      return sum + Number(amount) * (unit === 'ms' ? 0.001 : (unitSeconds[unit] ?? 0));
    }, 0);
    return (nowMs / 1000 - ago).toFixed(3);
  }
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw badValue(text, 'a time (2026-11-21T12:00:00Z) or an age (10m)');
  return (ms / 1000).toFixed(3);
}

export function badValue(text: string, wanted: string): UsageError {
  return new UsageError('BAD_VALUE', `${JSON.stringify(text)} is not ${wanted}`);
}

/** For commander: a whole number, which may be negative. */
export function integer(text: string): number {
  if (!/^-?\d+$/.test(text)) throw badValue(text, 'a whole number');
  return Number(text);
}

/** For commander: the value of a flag that may stand alone. */
export function yesOrNo(text: string): boolean {
  if (/^(1|t|true)$/i.test(text)) return true;
  if (/^(0|f|false)$/i.test(text)) return false;
  throw badValue(text, 'true or false');
}

/** `KEY=VALUE`, several times → the filters of a list. `KEY!=VALUE` is the filter `KEY!`. */
export function filters(texts: readonly string[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const text of texts) {
    const separator = text.indexOf('=');
    if (separator < 1) throw badValue(text, 'a filter: KEY=VALUE');
    (found[text.slice(0, separator)] ??= []).push(text.slice(separator + 1));
  }
  return found;
}
