import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { FirewallGuard } from '../../src/engine/firewall-guard.ts';

function guarded(mend: () => Promise<void>) {
  const told: { lose: () => void; closed: boolean; errors: unknown[] } = {
    lose: () => undefined,
    closed: false,
    errors: [],
  };
  const guard = new FirewallGuard({
    watch: (lost) => {
      told.lose = lost;
      return { close: () => (told.closed = true) };
    },
    mend,
    failed: (error) => told.errors.push(error),
    settleMs: 5,
    restMs: 30,
  });
  guard.start();
  return { guard, told };
}

it('many signs of one flush are one look', async () => {
  let looks = 0;
  const { guard, told } = guarded(() => Promise.resolve(void (looks += 1)));
  for (let sign = 0; sign < 50; sign += 1) told.lose();
  await delay(25);
  expect(looks).toBe(1);
  guard.close();
  expect(told.closed).toBe(true);
});

it('what is lost while it looks is looked at again, after a rest', async () => {
  const starts: number[] = [];
  const { guard, told } = guarded(async () => {
    starts.push(performance.now());
    if (starts.length < 3) told.lose();
    await delay(1);
  });
  told.lose();
  await expect.poll(() => starts.length).toBe(3);
  const [first = 0, second = 0] = starts;
  expect(second - first).toBeGreaterThan(25);
  guard.close();
});

it('a look that fails is told, and the next sign makes another', async () => {
  let looks = 0;
  const { guard, told } = guarded(() => {
    looks += 1;
    return looks === 1 ? Promise.reject(new Error('locked')) : Promise.resolve();
  });
  told.lose();
  await expect.poll(() => told.errors).toEqual([new Error('locked')]);
  told.lose();
  await expect.poll(() => looks).toBe(2);
  guard.close();
});

it('after close nothing is looked at', async () => {
  let looks = 0;
  const { guard, told } = guarded(() => Promise.resolve(void (looks += 1)));
  told.lose();
  guard.close();
  await delay(20);
  expect(looks).toBe(0);
});
