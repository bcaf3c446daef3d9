import { badRequest } from '../errors.ts';

/**
 * Reads a JSON object as Go's decoder would: names without regard to case, `null` and absent alike,
 * a value of the wrong type refused with its path.
 */
export class BodyReader {
  readonly #fields: ReadonlyMap<string, [name: string, value: unknown]>;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    if (!isObject(value)) throw badRequest(`${path || 'the request body'} must be a JSON object`);
    this.#path = path;
    this.#fields = new Map(Object.entries(value).map(([name, field]) => [name.toLowerCase(), [name, field]]));
  }

  /** The names that are there, as the client wrote them. */
  names(): readonly string[] {
    return [...this.#fields.values()].map(([name]) => name);
  }

  has(name: string): boolean {
    return this.raw(name) !== undefined;
  }

  raw(name: string): unknown {
    return this.#fields.get(name.toLowerCase())?.[1] ?? undefined;
  }

  text(name: string): string {
    return this.#typed(name, 'string', '');
  }

  number(name: string): number {
    return this.#typed(name, 'number', 0);
  }

  flag(name: string): boolean {
    return this.#typed(name, 'boolean', false);
  }

  /** A list of texts; a single text counts as a list of one, as in Docker's `Cmd`. */
  list(name: string): readonly string[] {
    const value = this.raw(name);
    if (typeof value === 'string') return [value];
    return this.values(name).map((item) => {
      if (typeof item !== 'string') throw this.#mistake(name, 'list of strings');
      return item;
    });
  }

  values(name: string): readonly unknown[] {
    const value = this.raw(name) ?? [];
    if (!Array.isArray(value)) throw this.#mistake(name, 'list');
    return value;
  }

  /** A map of texts; numbers and booleans become texts. */
  texts(name: string): Record<string, string> {
    return Object.fromEntries(
      this.pairs(name).map(([key, value]) => {
        const text = scalarText(value);
        if (text === undefined) throw this.#mistake(name, 'map of strings');
        return [key, text];
      }),
    );
  }

  /** Key and value of a map, in the order of the text. */
  pairs(name: string): readonly [string, unknown][] {
    const value = this.raw(name) ?? {};
    if (!isObject(value)) throw this.#mistake(name, 'map');
    return Object.entries(value);
  }

  /** An object within; an absent one reads as empty. */
  object(name: string): BodyReader {
    return new BodyReader(this.raw(name) ?? {}, this.#pathOf(name));
  }

  objects(name: string): readonly BodyReader[] {
    return this.values(name).map(
      (item, index) => new BodyReader(item, `${this.#pathOf(name)}[${String(index)}]`),
    );
  }

  #typed<T extends string | number | boolean>(name: string, type: string, otherwise: T): T {
    const value = this.raw(name) ?? otherwise;
    if (typeof value !== type) throw this.#mistake(name, type);
    return value as T;
  }

  #mistake(name: string, expected: string): Error {
    const found = JSON.stringify(this.raw(name)).slice(0, 80);
    return badRequest(`${this.#pathOf(name)} must be a ${expected}, got ${found}`);
  }

  #pathOf(name: string): string {
    return this.#path ? `${this.#path}.${name}` : name;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function scalarText(value: unknown): string | undefined {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
