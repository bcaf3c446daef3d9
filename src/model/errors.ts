import type { SourceRange } from './source.ts';

/** What an error may carry besides its code and message. */
export interface ErrorDetails {
  /** Where in a file the mistake stands. */
  readonly at?: SourceRange | undefined;
  /** A code frame: the lines around `at`, already rendered, without colour. */
  readonly frame?: string | undefined;
  /** What to do next, in one or two sentences. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** Facts that belong to the message, one a line: who wanted it, what was left undone. */
  readonly notes?: readonly string[] | undefined;
  /** Further errors found in the same run, in file order. */
  readonly others?: readonly BerthError[] | undefined;
}

/**
 * The base of every error that a person can cause or mend. A bug stays a plain `Error`.
 * Subclasses differ by who can mend it, which decides the exit code.
 */
export class BerthError extends Error {
  readonly code: string;
  readonly at: SourceRange | undefined;
  readonly frame: string | undefined;
  readonly hint: string | undefined;
  readonly notes: readonly string[];
  readonly others: readonly BerthError[];
  /** Exit code of the command that ends with this error. */
  readonly exitCode: number = 1;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.at = details.at;
    this.frame = details.frame;
    this.hint = details.hint;
    this.notes = details.notes ?? [];
    this.others = details.others ?? [];
  }
}

/** The command line is wrong: an unknown flag, a missing argument. */
export class UsageError extends BerthError {
  override readonly exitCode = 1;
}

/** The compose file, or a file it names, is wrong. */
export class ComposeError extends BerthError {
  override readonly exitCode = 2;
}

/** The machine refused: a program is missing, a command or system call failed, a port is taken. */
export class HostError extends BerthError {
  override readonly exitCode = 3;
  /** The command that failed, when there was one. */
  readonly command: string | undefined;
  readonly stderr: string | undefined;

  constructor(
    code: string,
    message: string,
    details: ErrorDetails & { command?: string | undefined; stderr?: string | undefined } = {},
  ) {
    super(code, message, details);
    this.command = details.command;
    this.stderr = details.stderr;
  }
}

/** A service misbehaved: it exited, or never became healthy. */
export class ServiceError extends BerthError {
  override readonly exitCode = 4;
  /** The tail of its log, oldest line first. */
  readonly logTail: readonly string[];

  constructor(code: string, message: string, details: ErrorDetails & { logTail?: readonly string[] } = {}) {
    super(code, message, details);
    this.logTail = details.logTail ?? [];
  }
}

/** Taking things down met failures; every one is in `others`. */
export class TeardownError extends BerthError {
  override readonly exitCode = 5;
}

/**
 * What the engine refuses, as a client of the Docker Engine API sees it.
 * `status` is the HTTP status; `message` has Docker's words where clients match on them.
 */
export class EngineError extends BerthError {
  override readonly exitCode = 3;
  readonly status: number;

  constructor(status: number, code: string, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
    this.status = status;
  }
}
