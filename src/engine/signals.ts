import { constants } from 'node:os';
import { EngineError } from '../model/errors.ts';

const REALTIME_MIN = 34;
const REALTIME_MAX = 64;

/**
 * A signal by name, with or without `SIG`, by number, or `RTMIN+3` (signal(7)).
 * @throws {EngineError} SIGNAL_INVALID with Docker's words.
 */
export function signalNumber(text: string): number {
  const word = text.toUpperCase().replace(/^SIG(?=\D)/, '');
  if (/^\d+$/.test(word) && Number(word) >= 1 && Number(word) <= REALTIME_MAX) return Number(word);
  const named = (constants.signals as Record<string, number>)[`SIG${word}`];
  if (named !== undefined) return named;
  const realtime = /^RT(MIN|MAX)(?:([+-])(\d+))?$/.exec(word);
  if (realtime) {
    const base = realtime[1] === 'MIN' ? REALTIME_MIN : REALTIME_MAX;
    const offset = Number(realtime[3] ?? 0) * (realtime[2] === '-' ? -1 : 1);
    if (base + offset >= REALTIME_MIN && base + offset <= REALTIME_MAX) return base + offset;
  }
  throw new EngineError(400, 'SIGNAL_INVALID', `Invalid signal: ${text}`, {
    hint: 'give a name such as SIGTERM, or a number from 1 to 64 (man 7 signal)',
  });
}
