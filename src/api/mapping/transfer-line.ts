import { BerthError } from '../../model/errors.ts';
import type { TransferEvent } from '../../model/transfer.ts';
import { wireError } from './error-body.ts';

/** A line of a pull or push as Docker sends it: `docker` and `followProgress` draw it. */
export function transferLine({ status, id, progress, aux }: TransferEvent): object {
  const { currentBytes: current, totalBytes: total } = progress ?? {};
  return {
    ...(status !== '' && { status }),
    ...(progress && { progressDetail: current === undefined ? {} : { current, total } }),
    ...(current !== undefined && { progress: progressText(current, total ?? 0) }),
    ...(id !== undefined && { id }),
    ...(aux && { aux }),
  };
}

/** A failure after the answer has begun. `berth` is for our own client, which rebuilds the error from it. */
export function errorLine(error: unknown): object {
  const message = error instanceof Error ? error.message : String(error);
  return {
    errorDetail: { message },
    error: message,
    ...(error instanceof BerthError && { berth: wireError(error) }),
  };
}

/** Bytes with four digits that count: `1.234MB`. */
export function humanSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${String(Number(value.toPrecision(4)))}${units[unit] ?? ''}`;
}

const BAR_CELLS = 50;

/** The bar for clients that draw none themselves. */
function progressText(current: number, total: number): string {
  if (total <= 0 || current > total) return humanSize(current).padStart(8);
  const done = Math.floor((current / total) * BAR_CELLS);
  const bar = `[${'='.repeat(done)}>${' '.repeat(BAR_CELLS - done)}]`;
  return `${bar} ${humanSize(current).padStart(8)}/${humanSize(total)}`;
}
