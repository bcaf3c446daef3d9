import type { Readable } from 'node:stream';
import type { AttachSession } from '../engine/engine-api.ts';
import { skipBody } from './body.ts';
import { type Call, flag, integer, param } from './call.ts';
import { badRequest } from './errors.ts';
import { frame, streamType } from './frames.ts';
import { hijack, type Hijacked } from './hijack.ts';
import { checkDetachKeys } from './mapping/detach-keys.ts';
import { EngineError } from '../model/errors.ts';
import { sendEmpty, sendText, write } from './reply.ts';
import { route, type Route } from './router.ts';

export const attachRoutes: readonly Route[] = [
  route('POST', '/containers/{id…}/attach', attach),
  route('POST', '/containers/{id…}/resize', resize),
];

const RAW_STREAM = 'application/vnd.docker.raw-stream';

/** Clients attach before they start the container: the position in its output is fixed before they hear from us. */
async function attach(call: Call): Promise<void> {
  const body = await inputOf(call);
  let session: AttachSession;
  try {
    checkDetachKeys(call.query.get('detachKeys'));
    session = attachSession(call);
  } catch (error) {
    // Our own client takes the whole error; from dockerd, others know a line of text.
    if (!(error instanceof EngineError) || 'berth-client' in call.request.headers) throw error;
    sendText(call.response, `${error.message}\r\n`, { status: error.status, type: RAW_STREAM });
    return;
  }
  const connection = hijack(call, streamType(call.apiMinor, session.tty));
  connectInput(session, connection.input ?? body);
  await copyOutput(session, connection);
  connection.output.end();
}

export function attachSession(call: Call): AttachSession {
  return call.engine.attachContainer(param(call, 'id'), {
    stdin: flag(call, 'stdin'),
    stdout: flag(call, 'stdout'),
    stderr: flag(call, 'stderr'),
    logs: flag(call, 'logs'),
    stream: flag(call, 'stream'),
    signal: call.signal,
  });
}

/**
 * Without an upgrade, input can only be a body without an end of its own. With one, the body in front of the input
 * is a copy of the query, and goes.
 */
async function inputOf(call: Call): Promise<Readable | undefined> {
  if (!call.upgrade && 'transfer-encoding' in call.request.headers) return call.request;
  await skipBody(call);
  return undefined;
}

/** The client's half-close ends stdin. */
export function connectInput({ stdin }: AttachSession, input: Readable | undefined): void {
  if (!stdin) {
    input?.resume();
    return;
  }
  // The process has ended: what the client still sends goes nowhere.
  const drop = (): void => {
    input?.unpipe(stdin);
    input?.resume();
  };
  stdin.on('error', drop);
  stdin.on('close', drop);
  if (input) input.pipe(stdin);
}

async function copyOutput({ output, tty }: AttachSession, connection: Hijacked): Promise<void> {
  for await (const { stream, data } of output) {
    await write(connection.output, tty ? data : frame(stream, data));
  }
}

function resize(call: Call): void {
  const rows = integer(call, 'h');
  const columns = integer(call, 'w');
  if (rows === undefined || columns === undefined) throw badRequest('resize needs the query values h and w');
  call.engine.resizeContainer(param(call, 'id'), rows, columns);
  sendEmpty(call.response, 200);
}
