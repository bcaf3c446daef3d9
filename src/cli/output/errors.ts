import { BerthError, ComposeError, HostError, ServiceError } from '../../model/errors.ts';
import { formatRange } from '../../model/source.ts';
import type { Terminal } from '../context.ts';

/** Exit code of a bug: nobody but us can mend it. */
const bugExitCode = 70;
export const interruptedExitCode = 130;

/** Tells an error to a person and gives the exit code that belongs to it. */
export function renderError(
  error: unknown,
  about: { terminal: Terminal; base: string; verbose: boolean; json?: boolean },
): number {
  const { terminal, base, verbose } = about;
  if (isAbort(error)) return interruptedExitCode;
  if (about.json) return renderAsJson(error, terminal);
  if (!(error instanceof BerthError)) {
    renderBug(error, terminal, verbose);
    return bugExitCode;
  }
  for (const one of inFileOrder(error)) terminal.line(textOf(one, terminal, base));
  if (verbose && error.stack !== undefined) terminal.line(terminal.colours.faint(error.stack));
  return error.exitCode;
}

/** One line for each error, as `--progress json` has one for each event. */
function renderAsJson(error: unknown, terminal: Terminal): number {
  const known = error instanceof BerthError ? inFileOrder(error) : [];
  for (const { code, message, at, hint, notes, exitCode } of known) {
    terminal.line(JSON.stringify({ type: 'error', code, message, at, hint, notes, exitCode }));
  }
  if (error instanceof BerthError) return error.exitCode;
  const message = error instanceof Error ? error.message : String(error);
  terminal.line(JSON.stringify({ type: 'error', code: 'BUG', message, exitCode: bugExitCode }));
  return bugExitCode;
}

/** An error as text: position and message, frame, facts, log lines, and what to do next. */
export function textOf(error: BerthError, terminal: Terminal, base: string): string {
  const { colours } = terminal;
  const place = error.at ? colours.strong(`${formatRange(error.at, base)}: `) : '';
  const lines = [`${place}${colours.bad(error.message)}  ${colours.faint(`[${error.code}]`)}`];
  if (error.frame !== undefined) lines.push(...indented(error.frame.split('\n'), 2));
  lines.push(...indented(error.notes, 2));
  if (error instanceof HostError) lines.push(...commandLines(error));
  if (error instanceof ServiceError && error.logTail.length > 0) {
    lines.push('  last lines of its log:', ...indented(error.logTail, 4));
  }
  if (error.hint !== undefined) {
    lines.push(...indented([error instanceof ComposeError ? `fix: ${error.hint}` : error.hint], 2));
  }
  return lines.join('\n');
}

function inFileOrder(error: BerthError): BerthError[] {
  const all = [error, ...error.others.flatMap(inFileOrder)];
  const key = ({ at }: BerthError) => (at ? ([at.file, at.line, at.column] as const) : undefined);
  return all.sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    if (!left || !right || left[0] !== right[0]) return 0;
    return left[1] - right[1] || left[2] - right[2];
  });
}

function commandLines(error: HostError): string[] {
  const stderr = (error.stderr ?? '').trim();
  return [
    ...(error.command === undefined ? [] : [`  command: ${error.command}`]),
    ...(stderr === '' ? [] : indented(stderr.split('\n'), 4)),
  ];
}

function renderBug(error: unknown, terminal: Terminal, verbose: boolean): void {
  const message = error instanceof Error ? error.message : String(error);
  terminal.line(`${terminal.colours.bad('berth met a bug:')} ${message}  ${terminal.colours.faint('[BUG]')}`);
  if (verbose && error instanceof Error) terminal.line(error.stack ?? '');
  else terminal.line('  Please report it, with what the same command prints when BERTH_DEBUG=1 is set.');
}

function indented(lines: readonly string[], by: number): string[] {
  return lines.filter((line) => line.trim() !== '').map((line) => ' '.repeat(by) + line);
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || 'isInterruption' in error);
}
