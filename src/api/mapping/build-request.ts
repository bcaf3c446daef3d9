import type { BuildRequest } from '../../model/build.ts';
import type { BodyReader } from './body-reader.ts';

/** The body of `POST /berth/build`; what is left out has no effect. */
export function buildRequest(body: BodyReader): BuildRequest {
  const inline = body.has('dockerfileInline') ? { dockerfileInline: body.text('dockerfileInline') } : {};
  return {
    context: body.text('context'),
    dockerfile: body.text('dockerfile') || 'Dockerfile',
    ...inline,
    args: body.texts('args'),
    givenArgs: body.list('givenArgs'),
    target: body.text('target'),
    tags: body.list('tags'),
    labels: body.texts('labels'),
    contexts: body.texts('contexts'),
    noCache: body.flag('noCache'),
    noCacheFilter: body.list('noCacheFilter'),
    pull: body.flag('pull'),
    network: body.text('network'),
    extraHosts: body.list('extraHosts'),
    platform: body.text('platform'),
    secrets: body.objects('secrets').map((one) => ({
      id: one.text('id'),
      ...(one.has('content') && { content: one.text('content') }),
      ...(one.has('file') && { file: one.text('file') }),
    })),
    ssh: body.list('ssh'),
    ulimits: body.list('ulimits'),
    memory: body.text('memory'),
    privileged: body.flag('privileged'),
    ...(body.number('shmSizeBytes') > 0 && { shmSizeBytes: body.number('shmSizeBytes') }),
  };
}
