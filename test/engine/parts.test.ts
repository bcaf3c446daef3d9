import { describe, expect, it } from 'vitest';
import { KeyedLock } from '../../src/engine/keyed-lock.ts';
import { signalNumber } from '../../src/engine/signals.ts';
import { timeText } from '../../src/engine/time.ts';
import { Topic } from '../../src/engine/topic.ts';

describe('KeyedLock', () => {
  it('runs work of one key in the order of the calls, and other keys beside it', async () => {
    const lock = new KeyedLock();
    const order: string[] = [];
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const first = lock.run('a', async () => {
      await gate;
      order.push('a1');
    });
    const second = lock.run('a', () => Promise.resolve(order.push('a2')));
    await lock.run('b', () => Promise.resolve(order.push('b1')));
    open();
    await Promise.all([first, second]);
    expect(order).toEqual(['b1', 'a1', 'a2']);
  });

  it('goes on after work that failed', async () => {
    const lock = new KeyedLock();
    const failed = lock.run('a', () => Promise.reject(new Error('no')));
    await expect(failed).rejects.toThrow('no');
    await expect(lock.run('a', () => Promise.resolve(7))).resolves.toBe(7);
  });
});

describe('Topic', () => {
  it('gives a subscriber what is published from its call on, until it aborts', async () => {
    const topic = new Topic<number>();
    const over = new AbortController();
    topic.publish(1);
    const values = topic.subscribe(over.signal);
    topic.publish(2);
    topic.publish(3);
    expect([(await values.next()).value, (await values.next()).value]).toEqual([2, 3]);
    const last = values.next();
    over.abort();
    expect((await last).done).toBe(true);
  });
});

describe('signalNumber', () => {
  it.each([
    ['SIGTERM', 15],
    ['term', 15],
    ['9', 9],
    ['SIGRTMIN+3', 37],
    ['RTMAX-1', 63],
  ])('reads %s as %i', (text, number) => {
    expect(signalNumber(text)).toBe(number);
  });

  it.each(['SIGNOPE', '0', '65', 'RTMIN+40', ''])('refuses %j', (text) => {
    expect(() => signalNumber(text)).toThrow(expect.objectContaining({ code: 'SIGNAL_INVALID' }));
  });
});

describe('timeText', () => {
  it('has nanoseconds', () => {
    expect(timeText(1_700_000_000_123_456_789n)).toBe('2023-11-14T22:13:20.123456789Z');
  });
});
