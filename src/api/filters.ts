import type { Call } from './call.ts';
import { badFilter } from './errors.ts';

/** Filters of a request. An absent key matches everything. */
export class Filters {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  values(key: string): readonly string[] {
    return this.#values.get(key) ?? [];
  }

  has(key: string): boolean {
    return this.values(key).length > 0;
  }

  /** True when no value of `key` was asked for, or `accepts` takes one of them. */
  any(key: string, accepts: (value: string) => boolean): boolean {
    return !this.has(key) || this.values(key).some(accepts);
  }

  /** A boolean filter; undefined when absent. */
  flag(key: string): boolean | undefined {
    const [value] = this.values(key);
    if (value === undefined) return undefined;
    if (['1', 'true', 'True', 'TRUE', 't', 'T'].includes(value)) return true;
    if (['0', 'false', 'False', 'FALSE', 'f', 'F'].includes(value)) return false;
    throw badFilter(`invalid filter '${key}=${value}'`);
  }

  /** Every `label` is there and no `label!` is. A value is `key` or `key=value`. */
  labels(labels: Readonly<Record<string, string>>): boolean {
    const carries = (wanted: string): boolean => hasLabel(labels, wanted);
    return this.values('label').every(carries) && !this.values('label!').some(carries);
  }
}

/** Reads `filters`, in both forms that clients send: `{"label":["a=b"]}` and `{"label":{"a=b":true}}`. */
export function readFilters(call: Call, known: readonly string[]): Filters {
  const text = call.query.get('filters');
  if (text === null || text === '') return new Filters(new Map());
  const filters = Object.entries(parseObject(text)).map(
    ([key, value]) => [key, valuesOf(key, value)] as const,
  );
  const unknown = filters.find(([key]) => !known.includes(key));
  if (unknown) throw badFilter(`invalid filter '${unknown[0]}'`);
  return new Filters(new Map(filters));
}

/** True when `text` holds the pattern: a regular expression as in Docker, a plain text where it is not one. */
export function matchesText(pattern: string, text: string): boolean {
  if (text === pattern) return true;
  try {
    return new RegExp(pattern.slice(0, 512)).test(text);
  } catch {
    return text.includes(pattern);
  }
}

function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const [key = '', ...rest] = wanted.split('=');
  if (!Object.hasOwn(labels, key)) return false;
  return rest.length === 0 || labels[key] === rest.join('=');
}

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below, in the same words as a value of another type.
  }
  throw badFilter('invalid filter: filters must be a JSON object of lists');
}

function valuesOf(key: string, value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(String);
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .filter(([, on]) => on !== false)
      .map(([name]) => name);
  }
  throw badFilter(`invalid filter '${key}'`);
}
