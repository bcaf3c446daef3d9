import type { Command } from 'commander';
import type { Globals } from './globals.ts';
import { paletteFor, type Palette } from './output/palette.ts';

/** What every verb gets: the options, the terminal, and the wish of the person to stop. */
export interface CliContext {
  readonly globals: Globals;
  readonly out: Terminal;
  readonly err: Terminal;
  /** Aborts at the first Ctrl-C or SIGTERM. A verb that never asks for it ends at once. */
  readonly signal: AbortSignal;
}

/** A stream to a person or a program. */
export interface Terminal {
  readonly isTty: boolean;
  /** Characters a line. */
  readonly width: number;
  readonly colours: Palette;
  readonly write: (text: string) => void;
  readonly line: (text: string) => void;
}

export function contextFor(command: Command, interruption: () => AbortSignal): CliContext {
  const globals = command.optsWithGlobals<Globals>();
  return {
    globals,
    out: terminalFor(process.stdout, globals),
    err: terminalFor(process.stderr, globals),
    get signal() {
      return interruption();
    },
  };
}

/** The same without progress: what remains are results and mistakes. */
export function quietly(context: CliContext): CliContext {
  const { out, err } = context;
  return {
    out,
    err,
    globals: { ...context.globals, progress: 'quiet' },
    get signal() {
      return context.signal;
    },
  };
}

export function terminalFor(stream: NodeJS.WriteStream, globals: Pick<Globals, 'ansi'>): Terminal {
  const isTty = stream.isTTY;
  const withColours =
    globals.ansi === 'always' || (globals.ansi === 'auto' && isTty && process.env['NO_COLOR'] === undefined);
  return {
    isTty,
    get width() {
      return isTty ? stream.columns : 120;
    },
    colours: paletteFor(withColours),
    write: (text) => void stream.write(text),
    line: (text) => void stream.write(text + '\n'),
  };
}
