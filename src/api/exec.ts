import type { ExecRecord, ExecSession } from '../engine/engine-api.ts';
import { readJsonBody } from './body.ts';
import { type Call, integer, param } from './call.ts';
import { badRequest } from './errors.ts';
import { frame, streamType } from './frames.ts';
import { hijack, type Hijacked } from './hijack.ts';
import type { BodyReader } from './mapping/body-reader.ts';
import { checkDetachKeys } from './mapping/detach-keys.ts';
import { execInspect, execSpec } from './mapping/exec.ts';
import { sendEmpty, sendJson, write } from './reply.ts';
import { route, type Route } from './router.ts';

export const execRoutes: readonly Route[] = [
  route('POST', '/containers/{id…}/exec', create),
  route('POST', '/exec/{id}/start', start),
  route('POST', '/exec/{id}/resize', resize),
  route('GET', '/exec/{id}/json', inspect),
];

async function create(call: Call): Promise<void> {
  const spec = execSpec(await readJsonBody(call));
  if (spec.argv.length === 0) throw badRequest('No exec command specified');
  checkDetachKeys(spec.detachKeys);
  sendJson(call.response, { Id: call.engine.createExec(param(call, 'id'), spec) }, 201);
}

function inspect(call: Call): void {
  sendJson(call.response, execInspect(call.engine.inspectExec(param(call, 'id'))));
}

function resize(call: Call): void {
  const rows = integer(call, 'h');
  const columns = integer(call, 'w');
  if (rows === undefined || columns === undefined) throw badRequest('resize needs the query values h and w');
  call.engine.resizeExec(param(call, 'id'), rows, columns);
  sendEmpty(call.response, 200);
}

async function start(call: Call): Promise<void> {
  const body = await readJsonBody(call);
  const record = call.engine.inspectExec(param(call, 'id'));
  const tty = body.flag('Tty');
  let session: ExecSession;
  try {
    session = await call.engine.startExec(record.id, { tty: record.spec.tty, ...consoleSize(body) });
  } catch (error) {
    tellFailedStart(call, { id: record.id, tty, detached: body.flag('Detach') }, error);
    return;
  }
  if (body.flag('Detach')) {
    discard(session);
    if (session.refusal !== undefined) throw badRequest(session.refusal);
    await session.started();
    sendEmpty(call.response, 200);
    return;
  }
  await connect(call, { record, session, tty });
}

function consoleSize(body: BodyReader): { rows?: number; columns?: number } {
  const [rows, columns] = body.values('ConsoleSize').map(Number);
  return rows && columns ? { rows, columns } : {};
}

/**
 * A program that could not be started has an exit code (126, 127), which clients ask for next: they get the
 * reason on the stream, as from dockerd. Any other failure is an error of the request.
 */
function tellFailedStart(
  call: Call,
  exec: { id: string; tty: boolean; detached: boolean },
  error: unknown,
): void {
  if (exec.detached || call.engine.inspectExec(exec.id).exitCode === undefined) throw error;
  const text = Buffer.from(`${error instanceof Error ? error.message : String(error)}\r\n`);
  const { output } = hijack(call, streamType(call.apiMinor, exec.tty));
  output.end(exec.tty ? text : frame('stderr', text));
}

function discard({ stdin, stdout, stderr }: ExecSession): void {
  stdin?.end();
  stdout.resume();
  stderr?.resume();
}

async function connect(
  call: Call,
  { record, session, tty }: { record: ExecRecord; session: ExecSession; tty: boolean },
): Promise<void> {
  const connection = hijack(call, streamType(call.apiMinor, tty));
  connectInput(record, session, connection);
  await Promise.all([
    copy(session.stdout, record.spec.attachStdout, (data) =>
      write(connection.output, tty ? data : frame('stdout', data)),
    ),
    session.stderr &&
      copy(session.stderr, record.spec.attachStderr, (data) =>
        write(connection.output, tty ? data : frame('stderr', data)),
      ),
  ]);
  // Clients ask for the exit code as soon as the stream ends.
  await session.exit.catch(() => undefined);
  connection.output.end();
}

/** The client's half-close ends stdin; output goes on. */
function connectInput({ spec }: ExecRecord, { stdin }: ExecSession, { input }: Hijacked): void {
  stdin?.on('error', () => input?.resume());
  if (input && stdin && spec.attachStdin) {
    input.pipe(stdin);
    return;
  }
  stdin?.end();
  input?.resume();
}

async function copy(
  source: NodeJS.ReadableStream,
  wanted: boolean,
  deliver: (data: Buffer) => Promise<void>,
): Promise<void> {
  if (!wanted) {
    source.resume();
    return;
  }
  try {
    for await (const data of source) await deliver(typeof data === 'string' ? Buffer.from(data) : data);
  } catch {
    // A pseudo-terminal ends with EIO when its last writer leaves: that is its end of file.
  }
}
