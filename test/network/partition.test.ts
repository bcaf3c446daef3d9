import { describe, expect, it } from 'vitest';
import { partitionRulesFor, renderPartition } from '../../src/network/firewall/partition.ts';

const container = (id: string, ...addresses: string[]) => ({ id, netns: `/run/${id}`, addresses });
const api = container('api', '10.0.0.2', 'fd00::2');
const db = container('db', '10.0.0.3', '10.1.0.3');
const other = container('other', '10.0.0.4');
const containers = [api, db, other];

describe('the rules of a partition', () => {
  it('stand on both sides, for every address of the other side, and nowhere else', () => {
    const rules = partitionRulesFor({
      containers,
      partitions: [{ left: ['api'], right: ['db'] }],
      isolated: [],
    });
    expect(rules).toEqual([
      { netns: '/run/api', dropped: ['10.0.0.3', '10.1.0.3'] },
      { netns: '/run/db', dropped: ['10.0.0.2', 'fd00::2'] },
    ]);
  });

  it('of several add up, and a service is never parted from itself', () => {
    const partitions = [
      { left: ['api', 'db'], right: ['db'] },
      { left: ['api'], right: ['other'] },
    ];
    expect(partitionRulesFor({ containers, partitions, isolated: [] })).toEqual([
      { netns: '/run/api', dropped: ['10.0.0.3', '10.1.0.3', '10.0.0.4'] },
      { netns: '/run/db', dropped: ['10.0.0.2', 'fd00::2'] },
      { netns: '/run/other', dropped: ['10.0.0.2', 'fd00::2'] },
    ]);
  });

  it('of an isolated one drop all, whatever else is parted', () => {
    const partitions = [{ left: ['api'], right: ['db'] }];
    const [first] = partitionRulesFor({ containers, partitions, isolated: ['api'] });
    expect(first).toEqual({ netns: '/run/api', dropped: 'all' });
  });

  it('have a text for each family, which replaces the jumps that stand', () => {
    const text = renderPartition(['10.0.0.3', 'fd00::2'], { family: 'ipv4', repeated: true });
    expect(text.split('\n')).toEqual([
      '*filter',
      ':BERTH_FAULTS_IN - [0:0]',
      ':BERTH_FAULTS_OUT - [0:0]',
      '-D INPUT -j BERTH_FAULTS_IN',
      '-D OUTPUT -j BERTH_FAULTS_OUT',
      '-I INPUT 1 -j BERTH_FAULTS_IN',
      '-I OUTPUT 1 -j BERTH_FAULTS_OUT',
      '-A BERTH_FAULTS_IN -s 10.0.0.3 -j DROP',
      '-A BERTH_FAULTS_OUT -d 10.0.0.3 -j DROP',
      'COMMIT',
      '',
    ]);
    expect(renderPartition('all', { family: 'ipv6', repeated: false })).toContain(
      '-A BERTH_FAULTS_IN -i lo -j ACCEPT',
    );
  });

  it('go with their chains when nothing is dropped any more', () => {
    const text = renderPartition([], { family: 'ipv4', repeated: true });
    expect(text).toContain('-X BERTH_FAULTS_IN\n-X BERTH_FAULTS_OUT\n');
    expect(text).not.toContain('-I ');
  });
});
