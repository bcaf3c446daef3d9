import { afterAll, beforeAll, expect, it } from 'vitest';
import { privateHost, type PrivateHost, type Snapshot } from '../../helpers/host.ts';
import { eventually, here } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);
let host: PrivateHost;
let before: Snapshot;
let whole: string;

beforeAll(async () => {
  host = await privateHost({ lan: true });
  before = await host.snapshot();
  await host.berth('up -d', { cwd });
  whole = await rules();
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const rules = async (): Promise<string> =>
  (await host.run("iptables-save | grep -E 'BERTH|^\\*' | sed 's/\\[.*\\]//'")).stdout;
const echo = async (word: string): Promise<string> =>
  (await host.lan.run(`echo ${word} | socat -t1 - TCP:10.77.0.1:8080,connect-timeout=1`)).stdout;

const flushTables = 'for t in raw nat filter; do iptables -t $t -F; iptables -t $t -X || true; done';
const ways: [string, string][] = [
  ['iptables -F', 'iptables -F'],
  ['the nat table flushed', 'iptables -t nat -F'],
  ['one rule deleted', 'iptables -D FORWARD -j BERTH-USER'],
  ['every table flushed and its chains deleted', flushTables],
  [
    'a restore that replaces everything',
    "printf '*filter\\n:FORWARD DROP\\nCOMMIT\\n*nat\\nCOMMIT\\n*raw\\nCOMMIT\\n' | iptables-restore",
  ],
];

it.each(ways)(
  '%s: the rules are back within a second, and an open connection goes on',
  async (_, command) => {
    const rulesNow = async (): Promise<void> => {
      expect(await rules()).toBe(whole);
    };
    await eventually(rulesNow, 1000);
    await using client = host.lan.start(
      '(echo one; sleep 1.6; echo two; sleep 0.4) | socat -t1 - TCP:10.77.0.1:8080',
    );
    await client.saw('one');
    await host.run(command);
    await eventually(rulesNow, 1000);
    expect(await echo('new')).toBe('new\n');
    await client.saw('two');
    await host.run('iptables -P FORWARD ACCEPT');
  },
);

it('are not put back when nothing of ours is left to publish', async () => {
  await host.berth('down', { cwd });
  await host.expectClean(before);
});
