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
  };
}
