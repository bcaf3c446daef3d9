import { expect, test } from 'vitest';
import type { ComposeValue, Project } from '../../src/model/compose.ts';
import { withHealthyNames } from '../../src/stack/healthy-names.ts';
import { shop } from '../plan/situation.ts';

function project(berth: ComposeValue): Project {
  const made = shop({
    services: {
      web: { networks: { front: { driver_opts: { own: '1' } }, back: null } },
      vpn: { network_mode: 'host' },
    },
  });
  return { ...made, model: { ...made.model, 'x-berth': berth } };
}

test('x-berth.dns = healthy is said of every attachment', () => {
  const { web, vpn } = withHealthyNames(project({ dns: 'healthy' })).model.services;
  expect(web?.networks).toEqual({
    front: { driver_opts: { own: '1', 'berth.dns': 'healthy' } },
    back: { driver_opts: { 'berth.dns': 'healthy' } },
  });
  expect(vpn?.networks ?? {}).toEqual({});
});

test('all, and nothing said, leave the project as it is', () => {
  for (const berth of [{ dns: 'all' }, {}, { bind: '127.0.0.1' }]) {
    const plain = project(berth);
    expect(withHealthyNames(plain)).toBe(plain);
  }
});

test('anything else is refused, at its place', () => {
  expect(() => withHealthyNames(project({ dns: 'well' }))).toThrow(
    expect.objectContaining({ code: 'COMPOSE_DNS_INVALID' }),
  );
});
