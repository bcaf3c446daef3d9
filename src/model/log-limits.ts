/** How much of a log is kept. */
export interface LogLimits {
  /** Size at which a file is full; 0: never. */
  readonly bytesMax: number;
  /** How many files, with the one that is written. */
  readonly files: number;
}

/**
 * What the options of a logging driver say, in Docker's words: `max-size` in decimal units (`10m`), `max-file`. The
 * driver `local` has limits of its own.
 */
export function logLimitsOf(driver: string, options: Readonly<Record<string, string>>): LogLimits {
  const isLocal = driver === 'local';
  const bytesMax = bytesOf(options['max-size'] ?? (isLocal ? '20m' : ''));
  const files = Number(options['max-file'] ?? (isLocal ? 5 : 1));
  return { bytesMax, files: bytesMax > 0 ? files : 1 };
}

function bytesOf(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([kmgt]?)i?b?$/i.exec(text);
  const power = ['', 'k', 'm', 'g', 't'].indexOf(match?.[2]?.toLowerCase() ?? '');
  return match ? Math.floor(Number(match[1]) * 1000 ** power) : 0;
}
