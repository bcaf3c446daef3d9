/** Exit codes that say who can mend it: the file's author, the machine's owner, the service's author. */
const classes: ReadonlySet<number> = new Set([2, 3, 4, 5]);

/**
 * The exit code of a command that failed: 1, as scripts know it of Docker Compose; the class of the error where
 * `BERTH_EXIT_CODES=classes` asks for it.
 */
export function failureExitCode(errorClass: number): number {
  const wantsClasses = process.env['BERTH_EXIT_CODES'] === 'classes';
  return classes.has(errorClass) && !wantsClasses ? 1 : errorClass;
}
