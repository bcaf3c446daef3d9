import type { ContainerRecord } from '../model/container.ts';
import type { LogChunk, LogOptions } from '../engine/engine-api.ts';
import { type Call, flag, param, timestampNs } from './call.ts';
import { badRequest } from './errors.ts';
import { frame, streamType } from './frames.ts';
import { logDetails } from './mapping/log-details.ts';
import { rfc3339 } from './mapping/times.ts';
import { beginStream, write } from './reply.ts';
import { route, type Route } from './router.ts';

export const containerStreamRoutes: readonly Route[] = [route('GET', '/containers/{id…}/logs', logs)];

async function logs(call: Call): Promise<void> {
  const container = call.engine.findContainer(param(call, 'id'));
  const options = logOptions(call);
  const lines = call.engine.logs(container.id, options);
  beginStream(call.response, streamType(call.apiMinor, container.spec.tty));
  const encode = encoder(container, {
    timestamps: flag(call, 'timestamps'),
    details: flag(call, 'details') ? `${logDetails(container)} ` : '',
  });
  for await (const chunk of lines) await write(call.response, encode(chunk));
  call.response.end();
}

function logOptions(call: Call): LogOptions {
  const stdout = flag(call, 'stdout');
  const stderr = flag(call, 'stderr');
  if (!stdout && !stderr) throw badRequest('Bad parameters: you must choose at least one stream');
  const tail = tailOf(call.query.get('tail'));
  const sinceNs = timestampNs(call, 'since');
  const untilNs = timestampNs(call, 'until');
  return {
    stdout,
    stderr,
    follow: flag(call, 'follow'),
    signal: call.signal,
    ...(tail !== undefined && { tail }),
    ...(sinceNs !== undefined && { sinceNs }),
    ...(untilNs !== undefined && { untilNs }),
  };
}

/** `all`, a negative number, or anything that is no number: every line. */
function tailOf(text: string | null): number | undefined {
  const count = Number.parseInt(text ?? '', 10);
  return Number.isNaN(count) || count < 0 ? undefined : count;
}

/** The stamp stands before each line, not before the later parts of a long one. */
function encoder(
  { spec }: ContainerRecord,
  { timestamps, details }: { timestamps: boolean; details: string },
): (chunk: LogChunk) => Buffer {
  const midLine = { stdout: false, stderr: false };
  return ({ stream, timeNs, data }) => {
    const head = midLine[stream] ? '' : `${timestamps ? `${rfc3339(timeNs)} ` : ''}${details}`;
    midLine[stream] = data.at(-1) !== 0x0a;
    const line = head ? Buffer.concat([Buffer.from(head), data]) : data;
    return spec.tty ? line : frame(stream, line);
  };
}
