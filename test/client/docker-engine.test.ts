import { expect, test } from 'vitest';
import { forDocker } from '../../src/client/docker-engine.ts';

const EndpointsConfig = { front: { Aliases: ['web'] }, back: {} };
const body = { Image: 'x', HostConfig: { NetworkMode: 'back' }, NetworkingConfig: { EndpointsConfig } };

test('an older Docker Engine gets the first network with the container, and the others afterwards', () => {
  expect(forDocker(body, { apiMinor: 41 })).toEqual({
    body: { ...body, NetworkingConfig: { EndpointsConfig: { back: {} } } },
    later: [['front', { Aliases: ['web'] }]],
  });
});

test('a newer one, and one network, need no second call', () => {
  expect(forDocker(body, { apiMinor: 44 })).toEqual({ body, later: [] });
  expect(forDocker({ Image: 'x' }, { apiMinor: 41 })).toEqual({ body: { Image: 'x' }, later: [] });
});
