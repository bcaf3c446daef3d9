import type { ExpandedOperation, ExpandRequest } from '../../engine/engine-api.ts';
import { badRequest } from '../errors.ts';
import { BodyReader } from './body-reader.ts';
import { containerSpec } from './create-body.ts';
import { endpointSettings } from './endpoint.ts';
import { networkSpec } from './network.ts';

/** `POST /berth/expand`: operations of a plan, with the bodies that they would send. */
export function expandRequests(body: BodyReader): { requests: ExpandRequest[]; ids: number[] } {
  const operations = body.objects('operations');
  const coming = new Set(
    operations
      .filter((operation) => ['pull-image', 'build-image'].includes(operation.object('detail').text('kind')))
      .map((operation) => operation.object('resource').text('name')),
  );
  return {
    ids: operations.map((operation) => operation.number('id')),
    requests: operations.flatMap((operation) => withoutComing(requestOf(operation), coming) ?? []),
  };
}

/** An image that is yet to come is not there to look at; the machine's own stands in its place. */
function withoutComing(
  request: ExpandRequest | undefined,
  coming: ReadonlySet<string>,
): ExpandRequest | undefined {
  if (request?.kind !== 'create-container') return request;
  const mounts = request.spec.mounts.filter(({ type, source }) => type !== 'image' || !coming.has(source));
  const spec = { ...request.spec, mounts };
  if (!coming.has(spec.image)) return { ...request, spec };
  return { ...request, spec: { ...spec, image: 'berth/host' }, standIn: true };
}

/** Operations without host steps of their own (waiting) come back with an empty list, in their place. */
export function withUnexpanded(
  ids: readonly number[],
  expanded: readonly ExpandedOperation[],
): readonly ExpandedOperation[] {
  const byId = new Map(expanded.map((operation) => [operation.id, operation]));
  return ids.map((id) => byId.get(id) ?? { id, steps: [] });
}

function requestOf(operation: BodyReader): ExpandRequest | undefined {
  const id = operation.number('id');
  const name = operation.object('resource').text('name');
  const detail = operation.object('detail');
  const kind = detail.text('kind');
  switch (kind) {
    case 'create-network':
      return { id, kind, spec: networkSpec(named(detail, name)) };
    case 'create-container':
      return { id, kind, spec: containerSpec(name, detail.object('body')) };
    case 'create-volume':
      return { id, kind, name, ...volumeFields(detail.object('body')) };
    case 'remove-container':
      return { id, kind, name, volumes: detail.flag('volumes') };
    case 'remove-network':
    case 'remove-volume':
    case 'start-container':
    case 'stop-container':
      return { id, kind, name };
    case 'connect-network':
      return {
        id,
        kind,
        name,
        network: detail.text('network'),
        settings: endpointSettings(detail.object('endpoint')),
      };
    case 'rename-container':
      return { id, kind, name, to: detail.text('to') };
    case 'pull-image':
    case 'build-image':
    case 'remove-image':
    case 'wait-container':
    case 'run-hook':
    case 'run-provider':
    case 'exec-hook':
      return undefined;
    default:
      throw badRequest(`operations cannot have the kind "${kind}"`);
  }
}

/** The body may leave the name to the operation's resource. */
function named(detail: BodyReader, name: string): BodyReader {
  const body = detail.object('body');
  if (body.has('Name')) return body;
  return new BodyReader({ ...(detail.raw('body') as object), Name: name }, 'detail.body');
}

function volumeFields(body: BodyReader): {
  driver: string;
  options: Record<string, string>;
  labels: Record<string, string>;
} {
  return {
    driver: body.text('Driver') || 'local',
    options: body.texts('DriverOpts'),
    labels: body.texts('Labels'),
  };
}
