import type Dockerode from 'dockerode';
import { loginFor, registryOf } from '../client/docker-config.ts';
import { rebuild } from '../client/errors.ts';
import { jsonLines } from '../client/json-lines.ts';
import { EngineError } from '../model/errors.ts';
import type { Operation } from '../model/plan.ts';
import type { ProgressEvent } from '../model/progress.ts';
import type { WireError } from '../model/wire-error.ts';
import { label } from '../plan/labels.ts';
import type { EngineClientLike } from './engine-client.ts';

/** A line of a pull or push, as Docker's API sends it. */
export interface TransferLine {
  readonly status?: string;
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly aux?: { readonly Tag?: string; readonly Digest?: string; readonly Size?: number };
  readonly error?: string;
  readonly berth?: WireError;
}

/** Fetches an image, as the person that runs the command. Resolves with the words for what came of it. */
export async function pullImage(
  operation: Operation,
  platform: string | undefined,
  context: {
    client: EngineClientLike;
    emit: (event: ProgressEvent) => void;
    signal: AbortSignal;
    built: Map<string, string>;
  },
): Promise<string> {
  const { client, emit, signal } = context;
  const { id, resource } = operation;
  let isNew = true;
  for await (const line of pullLines(client, resource.name, { platform, signal })) {
    if (line.status?.startsWith('Status: Image is up to date')) isNew = false;
    if (line.id === undefined || line.progressDetail === undefined || line.status === undefined) continue;
    const { current, total } = line.progressDetail;
    emit({
      type: 'transfer',
      id,
      resource,
      layer: line.id,
      status: line.status,
      ...(current !== undefined && { currentBytes: current }),
      ...(total !== undefined && { totalBytes: total }),
    });
  }
  context.built.set(resource.name, (await client.getImage(resource.name).inspect()).Id);
  return isNew ? 'pulled' : 'pulled: it was up to date';
}

/** The lines of a pull; a failure among them is thrown as the error it stands for. */
export async function* pullLines(
  client: Pick<EngineClientLike, 'pull'>,
  reference: string,
  about: { platform?: string | undefined; signal: AbortSignal },
): AsyncGenerator<TransferLine, void> {
  const authconfig = await loginFor(registryOf(reference));
  const stream = await client.pull(tagged(reference), {
    abortSignal: about.signal,
    ...(about.platform !== undefined && { platform: about.platform }),
    ...(authconfig && { authconfig }),
  });
  yield* transferLines(stream);
}

export async function* transferLines(stream: NodeJS.ReadableStream): AsyncGenerator<TransferLine, void> {
  for await (const line of jsonLines<TransferLine>(stream as AsyncIterable<Buffer>)) {
    if (line.berth) throw rebuild(line.berth);
    if (line.error !== undefined) throw new EngineError(500, 'ENGINE_ERROR', line.error);
    yield line;
  }
}

/** A container whose image came on the way learns the id that it was made from. */
export function withImageId(
  body: Dockerode.ContainerCreateOptions,
  built: ReadonlyMap<string, string>,
): Dockerode.ContainerCreateOptions {
  const id = built.get(body.Image ?? '');
  return id === undefined ? body : { ...body, Labels: { ...body.Labels, [label.image]: id } };
}

/** Without a tag, Docker's API means all of them. */
function tagged(reference: string): string {
  const last = reference.slice(reference.lastIndexOf('/') + 1);
  return /[:@]/.test(last) ? reference : `${reference}:latest`;
}
