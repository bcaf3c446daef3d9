import { EngineError, HostError } from '../model/errors.ts';
import type { UnpackedLayer, UnpackLimits } from './unpack.ts';

/** What `UnpackPool` tells its threads; `id` is that of a layer's work. */
export type ToWorker =
  | {
      readonly type: 'begin';
      readonly id: number;
      readonly path: string;
      readonly into: string;
      readonly limits: UnpackLimits;
    }
  | { readonly type: 'grow'; readonly id: number; readonly sizeBytes: number }
  | { readonly type: 'end'; readonly id: number; readonly failed: boolean };

export type FromWorker =
  | { readonly type: 'read'; readonly id: number; readonly bytes: number }
  | { readonly type: 'done'; readonly id: number; readonly layer: UnpackedLayer }
  | { readonly type: 'failed'; readonly id: number; readonly error: PackedError };

/** An error on its way between threads: classes do not survive it. */
export interface PackedError {
  readonly kind: 'engine' | 'host' | 'other';
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly status: number;
  readonly command: string | undefined;
  readonly stderr: string | undefined;
}

export function packError(error: unknown): PackedError {
  const message = error instanceof Error ? error.message : String(error);
  const nothing = { code: '', message, hint: undefined, status: 500, command: undefined, stderr: undefined };
  if (error instanceof EngineError) {
    return { ...nothing, kind: 'engine', code: error.code, hint: error.hint, status: error.status };
  }
  if (error instanceof HostError) {
    const { code, hint, command, stderr } = error;
    return { ...nothing, kind: 'host', code, hint, command, stderr };
  }
  return { ...nothing, kind: 'other' };
}

export function unpackError(packed: PackedError): Error {
  const { kind, code, message, hint, status, command, stderr } = packed;
  if (kind === 'engine') return new EngineError(status, code, message, { hint });
  if (kind === 'host') return new HostError(code, message, { hint, command, stderr });
  return new Error(message);
}
