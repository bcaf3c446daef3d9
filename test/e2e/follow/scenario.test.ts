import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { privateHost } from '../../helpers/host.ts';
import { eventually } from '../../helpers/scenario.ts';

/** Every line of a run of a process is another one: its container, when it began, a number. */
const compose = `
name: fl
services:
  web:
    image: berth/host
    command: ["bash", "-c", "began=$$EPOCHREALTIME; for ((n = 0; ; n++)); do echo $$HOSTNAME $$began $$n; sleep 0.02; done"]
    init: true
`;

/** Container and beginning → the numbers that came. */
function runsOf(text: string): Map<string, number[]> {
  const runs = new Map<string, number[]>();
  for (const line of text.trim().split('\n')) {
    const [, host = '', began = '', number = ''] = /\| (\S+) (\S+) (\d+)$/.exec(line) ?? [];
    runs.set(`${host} ${began}`, [...(runs.get(`${host} ${began}`) ?? []), Number(number)]);
  }
  return runs;
}

describe('logs -f', () => {
  it('goes on through a restart, a recreate, new replicas and the death of the engine, each line once', async () => {
    await using host = await privateHost();
    const cwd = host.folder;
    writeFileSync(`${cwd}/compose.yaml`, compose);
    await host.berth('up -d', { cwd });
    await using logs = host.startBerth('logs -f', { cwd });
    const runs = (count: number) =>
      eventually(async () => {
        const all = [...runsOf(logs.stdout()).values()];
        expect(all.length).toBeGreaterThanOrEqual(count);
        expect(all.every((numbers) => numbers.length > 3)).toBe(true);
      }, 20_000);
    await runs(1);
    await host.berth('restart -t 0 web', { cwd });
    await runs(2);
    await host.berth('up -d --force-recreate -t 0', { cwd });
    await runs(3);
    await host.berth('up -d --scale web=3', { cwd });
    await runs(5);
    await host.run(`kill -9 $(cat ${host.runRoot}/engine.pid)`);
    const before = logs.stdout().length;
    await host.berth('ps', { cwd });
    await eventually(async () => expect(logs.stdout().length).toBeGreaterThan(before), 20_000);
    await host.berth('stop -t 0', { cwd });
    expect((await logs.ended).code).toBe(0);
    for (const numbers of runsOf(logs.stdout()).values())
      expect(numbers).toEqual(numbers.map((_, index) => index));
    const kept = runsOf((await host.berth('logs', { cwd })).stdout);
    const followed = runsOf(logs.stdout());
    for (const [run, numbers] of kept) expect(followed.get(run)).toEqual(numbers);
  });
});
