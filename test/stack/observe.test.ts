import type Dockerode from 'dockerode';
import { expect, test } from 'vitest';
import type { ServiceModel } from '../../src/model/compose.ts';
import type { EngineClientLike } from '../../src/stack/engine-client.ts';
import { imageFacts } from '../../src/stack/observe.ts';

/** An engine that has one image, `app`, for linux/amd64. */
const client = {
  getImage: () => ({
    inspect: () => Promise.resolve({ Id: 'sha256:1', Os: 'linux', Architecture: 'amd64' }),
  }),
} as unknown as EngineClientLike & { getImage(name: string): Dockerode.Image };

test.each<[platforms: (string | undefined)[], isThere: boolean]>([
  [[undefined], true],
  [['linux/amd64'], true],
  [['linux/x86_64'], true],
  [['linux'], true],
  [['linux/arm64'], false],
  [['windows/amd64'], false],
  [[undefined, 'linux/arm64'], false],
])('an image for linux/amd64 is there for services that want %j: %s', async (platforms, isThere) => {
  const services = platforms.map((platform): ServiceModel => ({
    image: 'app',
    ...(platform !== undefined && { platform }),
  }));
  expect((await imageFacts(client, services)).images).toEqual(isThere ? { app: 'sha256:1' } : {});
});
