import {
  BerthError,
  ComposeError,
  EngineError,
  HostError,
  ServiceError,
  TeardownError,
  UsageError,
} from '../../model/errors.ts';
import type { ErrorBody, WireError } from '../../model/wire-error.ts';

export function statusOf(error: unknown): number {
  if (error instanceof EngineError) return error.status;
  if (error instanceof ComposeError || error instanceof UsageError) return 400;
  return 500;
}

export function errorBody(error: unknown): ErrorBody {
  if (error instanceof BerthError) return { message: error.message, berth: wireError(error) };
  return { message: error instanceof Error ? error.message : String(error) };
}

export function wireError(error: BerthError): WireError {
  return {
    kind: kindOf(error),
    code: error.code,
    message: error.message,
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.at && { at: error.at }),
    ...(error.frame !== undefined && { frame: error.frame }),
    ...(error.notes.length > 0 && { notes: error.notes }),
    ...(error instanceof HostError && error.command !== undefined && { command: error.command }),
    ...(error instanceof HostError && error.stderr !== undefined && { stderr: error.stderr }),
    ...(error instanceof ServiceError && { logTail: error.logTail }),
    ...(error.others.length > 0 && { others: error.others.map(wireError) }),
  };
}

function kindOf(error: BerthError): WireError['kind'] {
  if (error instanceof EngineError) return 'engine';
  if (error instanceof HostError) return 'host';
  if (error instanceof ServiceError) return 'service';
  if (error instanceof ComposeError) return 'compose';
  if (error instanceof TeardownError) return 'teardown';
  if (error instanceof UsageError) return 'usage';
  return 'berth';
}
