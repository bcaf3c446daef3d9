import { describe, expect, it } from 'vitest';
import { isStale } from '../../src/network/stale-flows.ts';
import { ipKey } from '../../src/host/ip-bytes.ts';

/** A client's flow to port 53 of `to`, which `by` answers. */
const flow = (to: string, by: string) => ({
  original: { source: '10.0.0.9', destination: to, sourcePort: 4000, destinationPort: 53 },
  reply: { source: by, destination: '10.0.0.9', sourcePort: 53, destinationPort: 4000 },
});
const host = new Set([ipKey('10.0.0.1') ?? '']);

describe('a UDP flow to the port of a container', () => {
  const about = { hostIp: '', containerIp: '172.18.0.2' };

  it.each([
    ['leads to it', '10.0.0.1', '172.18.0.2', true],
    ['leads to another container', '10.0.0.1', '172.18.0.3', false],
    ['leads to another machine', '8.8.8.8', '8.8.8.8', false],
  ])('that ends is stale when it %s: %s by %s', (_, to, by, expected) => {
    expect(isStale(flow(to, by), { ...about, when: 'ends' }, host)).toBe(expected);
  });

  it.each([
    ['leads to it', '10.0.0.1', '172.18.0.2', false],
    ['leads to where it was before', '10.0.0.1', '172.18.0.3', true],
    ['was not translated', '10.0.0.1', '10.0.0.1', true],
    ['goes to another machine', '8.8.8.8', '8.8.8.8', false],
  ])('that starts is stale unless it %s: %s by %s', (_, to, by, expected) => {
    expect(isStale(flow(to, by), { ...about, when: 'starts' }, host)).toBe(expected);
  });

  it('of one address of the host concerns that address only', () => {
    const bound = { hostIp: '10.0.0.2', containerIp: '172.18.0.2' };
    for (const when of ['starts', 'ends'] as const) {
      expect(isStale(flow('10.0.0.1', '172.18.0.2'), { ...bound, when }, host)).toBe(false);
    }
    expect(isStale(flow('10.0.0.2', '10.0.0.2'), { ...bound, when: 'starts' }, host)).toBe(true);
  });

  it('is known by the address, however it is written', () => {
    const v6 = { hostIp: '', containerIp: 'fd00:0:0::2', when: 'ends' } as const;
    expect(isStale(flow('fd00::1', 'fd00::2'), v6, host)).toBe(true);
  });
});
