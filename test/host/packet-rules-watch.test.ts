import { expect, it } from 'vitest';
import { attribute, encodeMessage } from '../../src/host/netlink-wire.ts';
import { tellsOfLoss } from '../../src/host/packet-rules-watch.ts';

const NFTABLES = 10 << 8;
const message = (kind: number, table: string): Buffer =>
  encodeMessage({
    type: NFTABLES | kind,
    flags: 0,
    sequence: 0,
    body: Buffer.concat([Buffer.alloc(4), attribute(1, table)]),
  });
const [newRule, deleteRule, deleteChain, deleteTable, newGeneration] = [6, 8, 5, 2, 15];

it.each([
  ['a table', deleteTable],
  ['a chain', deleteChain],
  ['a rule', deleteRule],
])('%s of iptables that was deleted is a loss', (_, kind) => {
  expect(tellsOfLoss(message(kind, 'nat'))).toBe(true);
});

it('new rules, other tables and generations are none', () => {
  expect(tellsOfLoss(message(newRule, 'filter'))).toBe(false);
  expect(tellsOfLoss(message(deleteRule, 'inet_mine'))).toBe(false);
  expect(tellsOfLoss(message(newGeneration, 'filter'))).toBe(false);
  expect(tellsOfLoss(Buffer.alloc(0))).toBe(false);
});

it('one loss among many messages is found', () => {
  const all = [message(newRule, 'filter'), message(deleteRule, 'raw'), message(newGeneration, '')];
  expect(tellsOfLoss(Buffer.concat(all))).toBe(true);
});
