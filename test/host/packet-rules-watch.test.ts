import { expect, it } from 'vitest';
import { attribute, encodeMessage } from '../../src/host/netlink-wire.ts';
import { lossesIn } from '../../src/host/packet-rules-watch.ts';

const NFTABLES = 10 << 8;
const message = (kind: number, table: string): Buffer =>
  encodeMessage({
    type: NFTABLES | kind,
    flags: 0,
    sequence: 0,
    body: Buffer.concat([Buffer.alloc(4), attribute(1, table)]),
  });
const [newTable, newRule, deleteRule, deleteChain, deleteTable, newGeneration] = [0, 6, 8, 5, 2, 15];

it.each([
  ['a table', deleteTable],
  ['a chain', deleteChain],
  ['a rule', deleteRule],
])('%s of iptables that was deleted is a loss', (_, kind) => {
  expect([...lossesIn(message(kind, 'nat'))]).toEqual(['iptables']);
});

it('new rules, other tables and generations are none', () => {
  expect([...lossesIn(message(newRule, 'filter'))]).toEqual([]);
  expect([...lossesIn(message(deleteRule, 'inet_mine'))]).toEqual([]);
  expect([...lossesIn(message(newTable, 'filter'))]).toEqual([]);
  expect([...lossesIn(message(deleteRule, 'firewalld'))]).toEqual([]);
  expect([...lossesIn(message(newGeneration, 'filter'))]).toEqual([]);
  expect([...lossesIn(Buffer.alloc(0))]).toEqual([]);
});

it('one loss among many messages is found', () => {
  const all = [message(newRule, 'filter'), message(deleteRule, 'raw'), message(newGeneration, '')];
  expect([...lossesIn(Buffer.concat(all))]).toEqual(['iptables']);
});

it('firewalld that makes its table has started, or reloaded', () => {
  const all = [message(deleteTable, 'firewalld'), message(newTable, 'firewalld')];
  expect([...lossesIn(Buffer.concat(all))]).toEqual(['firewalld']);
  expect([...lossesIn(message(newTable, 'firewalld'))]).toEqual(['firewalld']);
});
