import type { RegistryApi } from '../../src/engine/engine-api.ts';
import { EngineError } from '../../src/model/errors.ts';

/** A registry that has every image, but those whose names begin with `missing`; `broken` ones fail on the way. */
export function fakeRegistry(calls: string[]): RegistryApi {
  return {
    pull: async ({ reference, platform, credentials, onEvent }) => {
      calls.push(`pull ${reference} ${platform} ${credentials.username}`.trimEnd());
      if (reference.startsWith('missing')) throw new EngineError(404, 'IMAGE_NOT_IN_REGISTRY', 'no manifest');
      onEvent({ status: 'Pulling from library/redis', id: '7' });
      const progress = { currentBytes: 500, totalBytes: 1000 };
      onEvent({ status: 'Downloading', id: 'aaaaaaaaaaaa', progress });
      if (reference.startsWith('broken')) throw new EngineError(500, 'IMAGE_DIGEST_MISMATCH', 'wrong bytes');
      onEvent({ status: 'Pull complete', id: 'aaaaaaaaaaaa', progress: {} });
    },
    push: async ({ reference, onEvent }) => {
      calls.push(`push ${reference}`);
      onEvent({ status: 'Pushed', id: 'aaaaaaaaaaaa', progress: {} });
      onEvent({ status: '', progress: {}, aux: { Tag: '1', Digest: 'sha256:d', Size: 3 } });
    },
    login: async (registry, { username, password }) => {
      calls.push(`login ${registry} ${username}`);
      if (password !== 'right') throw new EngineError(401, 'REGISTRY_UNAUTHORIZED', 'unauthorized');
    },
    inspect: async (name) => {
      calls.push(`inspect ${name}`);
      const descriptor = { mediaType: 'application/json', digest: 'sha256:d', sizeBytes: 3 };
      return { descriptor, platforms: [{ os: 'linux', architecture: 'arm', variant: 'v7' }] };
    },
    publish: async ({ reference, blobs }) => {
      calls.push(`publish ${reference} ${blobs.length}`);
      return { digest: 'sha256:d' };
    },
    forgetPartial: async () => 0,
    async *save(names) {
      calls.push(`save ${names.join(' ')}`);
      yield Buffer.from('a tar');
    },
  };
}
