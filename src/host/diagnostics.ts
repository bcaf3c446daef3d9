/** Writes a line about something that went wrong where nobody waits for an answer: to the engine's own log. */
export function diagnose(what: string, error?: unknown): void {
  const reason = error instanceof Error ? `: ${error.stack ?? error.message}` : '';
  process.stderr.write(`${new Date().toISOString()} ${what}${reason}\n`);
}
