import { describe, expect, it } from 'vitest';
import { othersForward } from '../../src/engine/forwarding.ts';
import type { Link } from '../../src/host/netlink.ts';

const link = (index: number, part: Partial<Link>): Link => ({
  index,
  name: `link${index}`,
  kind: '',
  alias: '',
  mac: '',
  mtu: 1500,
  up: true,
  carries: true,
  master: 0,
  ...part,
});
const ours = link(5, { kind: 'bridge', alias: 'berth:berth:shop_front' });

describe('forwarding is needed by others', () => {
  it('where a bridge of theirs has no device of the machine as a port', () => {
    const docker0 = link(3, { kind: 'bridge' });
    expect(othersForward([ours, docker0, link(4, { kind: 'veth', master: 3 })], 'berth')).toBe(true);
  });

  it('where another engine of Berth has networks', () => {
    const other = link(3, { kind: 'bridge', alias: 'berth:berth-1a2b3c4d:x' });
    expect(othersForward([other], 'berth')).toBe(true);
  });

  it('not for our own bridges, nor for one that is the machine’s own way out', () => {
    const lan = link(3, { kind: 'bridge' });
    expect(othersForward([link(1, {}), ours, lan, link(4, { master: 3 })], 'berth')).toBe(false);
  });
});
