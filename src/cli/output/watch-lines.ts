import type { WatchDone, WatchEvent } from '../../watch/events.ts';
import { textOf } from './errors.ts';
import { BerthError } from '../../model/errors.ts';
import type { Terminal } from '../context.ts';
import type { LogPrinter } from './log-printer.ts';
import { milliseconds } from './renderer.ts';

/** Files that a line names; of more it tells the number. */
const NAMES_MAX = 3;

/** Prints what a watch session does, between the lines of the services. */
export function watchLines(
  printer: LogPrinter,
  terminal: Terminal,
  style: { readonly quiet: boolean },
): (event: WatchEvent) => void {
  return (event) => {
    if (event.type === 'output') {
      if (!style.quiet) printer.remark(event.service, event.text);
      return;
    }
    const text = textFor(event, terminal);
    if (text !== undefined) printer.remark('watch', text);
  };
}

function textFor(event: Exclude<WatchEvent, { type: 'output' }>, terminal: Terminal): string | undefined {
  const { colours } = terminal;
  switch (event.type) {
    case 'ready': {
      const rules = counted(event.rules, 'rule');
      return `ready: ${rules}, ${counted(event.folders, 'folder')}${colours.faint(milliseconds(event.durationMs))}`;
    }
    case 'note':
      return `${colours.warning(`${event.level}:`)} ${event.text}`;
    case 'begun':
      return event.action === 'rebuild' ? `… rebuild ${event.service}` : undefined;
    case 'done':
      return doneText(event, colours);
    case 'failed':
      return failureText(event, terminal);
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function doneText(event: WatchDone, colours: Terminal['colours']): string {
  const { action, service, files, text, durationMs } = event;
  const facts = [namesOf(files), text].filter((fact) => fact !== '').join('  ');
  return `${colours.good('✔')} ${action} ${service}  ${facts}${colours.faint(milliseconds(durationMs))}`;
}

function namesOf(files: readonly string[]): string {
  const rest = files.length - NAMES_MAX;
  const names = files.slice(0, NAMES_MAX).join(', ');
  return rest > 0 ? `${names} and ${rest} more` : names;
}

function failureText(event: WatchEvent & { type: 'failed' }, terminal: Terminal): string {
  const { action, service, error } = event;
  const reason = error instanceof BerthError ? textOf(error, terminal, process.cwd()) : String(error);
  return `${terminal.colours.bad('✘')} ${action} ${service}: ${reason}`;
}
