import {
  BerthError,
  EngineError,
  HostError,
  ServiceError,
  TeardownError,
  UsageError,
} from '../model/errors.ts';
import type { ErrorBody, WireError } from '../model/wire-error.ts';

/** Codes for answers of an engine that names none: a Docker Engine. */
const CODES: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  501: 'NOT_SUPPORTED',
  503: 'UNAVAILABLE',
};

/** The error that an engine's answer stands for: the engine's own class and code, where it is ours. */
export function errorFromAnswer(status: number, text: string): BerthError {
  const body = parseBody(text);
  if (body?.berth) return rebuild(body.berth, status);
  const message = body?.message ?? (text.trim() || `the engine answered with status ${status}`);
  return new EngineError(status, CODES[status] ?? 'ENGINE_ERROR', message);
}

/** The connection to an engine failed or broke. */
export function connectionError(socketPath: string, cause: unknown): HostError {
  const reason = errnoOf(cause);
  if (reason === 'EACCES' || reason === 'EPERM') {
    return new HostError('ENGINE_ACCESS', `${socketPath} is not open to this user`, {
      hint: 'Run the command with sudo, or join the group berth and log in again.',
      cause,
    });
  }
  if (reason === 'ENOENT' || reason === 'ECONNREFUSED') {
    return new HostError('ENGINE_NOT_RUNNING', `no engine answers at ${socketPath}`, {
      hint: 'Start it with any command that needs it, such as `berth up`, or with `berth engine run`.',
      cause,
    });
  }
  return new HostError(
    'ENGINE_GONE',
    `the engine at ${socketPath} hung up: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      hint: 'Its containers go on. Run the command again: it starts the engine, which takes them up.',
      cause,
    },
  );
}

export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

export function rebuild(wire: WireError, status = 500): BerthError {
  const { code, message, hint, at, frame, notes, command, stderr, logTail = [] } = wire;
  const details = { hint, at, frame, notes, others: (wire.others ?? []).map((other) => rebuild(other)) };
  switch (wire.kind) {
    case 'engine':
      return new EngineError(status, code, message, details);
    case 'host':
      return new HostError(code, message, { ...details, command, stderr });
    case 'service':
      return new ServiceError(code, message, { ...details, logTail });
    case 'teardown':
      return new TeardownError(code, message, details);
    case 'usage':
      return new UsageError(code, message, details);
    case 'compose':
    case 'berth':
      return new BerthError(code, message, details);
  }
}

function parseBody(text: string): Partial<ErrorBody> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

export function berthEngineNeeded(socketPath: string): HostError {
  return new HostError(
    'BERTH_ENGINE_NEEDED',
    `only an engine of Berth can do this, and at ${socketPath} is Docker's`,
    {
      hint: 'unset BERTH_HOST and DOCKER_HOST to use an engine of Berth',
    },
  );
}
