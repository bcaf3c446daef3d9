import { badRequest } from '../errors.ts';

/** `ctrl-p,ctrl-q`, `a`, `ctrl-@`: single characters, and those that go with Ctrl. */
export function checkDetachKeys(text: string | null): void {
  if (text === null || text === '') return;
  const isKey = (word: string): boolean => /^[\x20-\x7e]$/.test(word) || /^ctrl-[a-z@[\\\]^_]$/.test(word);
  if (!text.split(',').every(isKey)) throw badRequest(`Invalid detach keys (${text}) provided`);
}
