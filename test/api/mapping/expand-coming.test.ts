import { expect, test } from 'vitest';
import { BodyReader } from '../../../src/api/mapping/body-reader.ts';
import { expandRequests } from '../../../src/api/mapping/expand.ts';

test('of an image that is yet to come nothing is looked at', () => {
  const create = (id: number, Image: string, source: string) => ({
    id,
    resource: { kind: 'container', name: `c${id}`, key: 'c' },
    detail: {
      kind: 'create-container',
      body: { Image, HostConfig: { Mounts: [{ Type: 'image', Source: source, Target: '/i' }] } },
    },
  });
  const pull = { id: 1, resource: { kind: 'image', name: 'new', key: 'c' }, detail: { kind: 'pull-image' } };
  const body = new BodyReader({ operations: [pull, create(2, 'new', 'old'), create(3, 'old', 'new')] }, '');
  const { requests } = expandRequests(body);
  expect(
    requests.map((request) =>
      request.kind === 'create-container'
        ? [request.spec.image, request.spec.mounts.length, request.standIn ?? false]
        : [],
    ),
  ).toEqual([
    ['berth/host', 1, true],
    ['old', 0, false],
  ]);
});
