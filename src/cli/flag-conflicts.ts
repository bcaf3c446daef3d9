import { UsageError } from '../model/errors.ts';

type Flag = readonly [name: string, isGiven: boolean | undefined];

/** @throws {UsageError} FLAG_CONFLICT when both are given */
export function excluding(one: Flag, other: Flag): void {
  if (one[1] && other[1])
    throw new UsageError('FLAG_CONFLICT', `${one[0]} and ${other[0]} exclude each other`);
}
