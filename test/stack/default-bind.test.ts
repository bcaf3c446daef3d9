import { describe, expect, test } from 'vitest';
import type { ComposeValue, Project } from '../../src/model/compose.ts';
import { withDefaultBind } from '../../src/stack/default-bind.ts';
import { shop } from '../plan/situation.ts';

function project(berth?: ComposeValue, environment: Record<string, string> = {}): Project {
  const made = shop({
    services: {
      web: {
        ports: [
          { target: 80, published: '8080' },
          { target: 81, published: '8081', host_ip: '0.0.0.0' },
        ],
      },
      db: {},
    },
  });
  return { ...made, environment, model: { ...made.model, ...(berth !== undefined && { 'x-berth': berth }) } };
}
const addresses = (of: Project) => of.model.services['web']?.ports?.map((port) => port.host_ip);

describe('the default bind address', () => {
  test('is filled in where a port names no host address', () => {
    expect(addresses(withDefaultBind(project({ bind: '127.0.0.1' })))).toEqual(['127.0.0.1', '0.0.0.0']);
  });

  test('of BERTH_BIND is stronger than that of the file', () => {
    const bound = withDefaultBind(project({ bind: '127.0.0.1' }, { BERTH_BIND: '10.77.0.1' }));
    expect(addresses(bound)).toEqual(['10.77.0.1', '0.0.0.0']);
  });

  test('is that of Docker when nobody names one: every address', () => {
    const plain = project();
    expect(withDefaultBind(plain)).toBe(plain);
    expect(addresses(withDefaultBind(project({ dns: 'healthy' }, { BERTH_BIND: '' })))).toEqual([
      undefined,
      '0.0.0.0',
    ]);
  });

  test('that is no address is refused, at its place', () => {
    expect(() => withDefaultBind(project({ bind: 'localhost' }))).toThrow(
      expect.objectContaining({
        code: 'COMPOSE_BIND_INVALID',
        at: { file: '/srv/shop/compose.yaml', line: 2, column: 1 },
      }),
    );
    expect(() => withDefaultBind(project(undefined, { BERTH_BIND: 'lan0' }))).toThrow(
      expect.objectContaining({ code: 'BIND_INVALID' }),
    );
  });
});
