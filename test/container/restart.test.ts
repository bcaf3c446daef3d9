import { describe, expect, it } from 'vitest';
import type { RestartPolicy } from '../../src/model/container.ts';
import { decideRestart, restartsAfterBoot, type EndedRun } from '../../src/container/restart.ts';

function ended(part: Partial<EndedRun>): EndedRun {
  return {
    policy: { name: 'always', maximumRetryCount: 0 },
    exitCode: 1,
    restartCount: 0,
    stoppedByUser: false,
    ranMs: 5,
    lastDelayMs: 0,
    ...part,
  };
}

describe('restart policy', () => {
  it('waits 100 ms first, then twice as long each time, at most a minute', () => {
    expect(decideRestart(ended({}))).toEqual({ restart: true, delayMs: 100, restartCount: 1 });
    expect(decideRestart(ended({ lastDelayMs: 100, restartCount: 1 }))).toEqual({
      restart: true,
      delayMs: 200,
      restartCount: 2,
    });
    expect(decideRestart(ended({ lastDelayMs: 51_200 }))).toMatchObject({ delayMs: 60_000 });
  });

  it('begins anew after a run of ten seconds', () => {
    expect(decideRestart(ended({ lastDelayMs: 6_400, ranMs: 10_000 }))).toMatchObject({ delayMs: 100 });
  });

  it('leaves alone what a client stopped, whatever the policy', () => {
    expect(decideRestart(ended({ stoppedByUser: true }))).toEqual({ restart: false });
  });

  it('on-failure restarts failures only, and only so often', () => {
    const policy = { name: 'on-failure', maximumRetryCount: 2 } as const;
    expect(decideRestart(ended({ policy, exitCode: 0 })).restart).toBe(false);
    expect(decideRestart(ended({ policy, restartCount: 1 })).restart).toBe(true);
    expect(decideRestart(ended({ policy, restartCount: 2 })).restart).toBe(false);
    expect(
      decideRestart(ended({ policy: { ...policy, maximumRetryCount: 0 }, restartCount: 99 })).restart,
    ).toBe(true);
  });

  it('no never restarts', () => {
    expect(decideRestart(ended({ policy: { name: 'no', maximumRetryCount: 0 } })).restart).toBe(false);
  });

  it('always comes back after a boot, unless-stopped if nobody stopped it, on-failure while it may', () => {
    const after = (
      name: RestartPolicy['name'],
      { maximumRetryCount = 0, restartCount = 0, stoppedByUser = false } = {},
    ) => restartsAfterBoot({ policy: { name, maximumRetryCount }, restartCount, stoppedByUser });
    expect(after('always', { stoppedByUser: true })).toBe(true);
    expect(after('unless-stopped', { stoppedByUser: true })).toBe(false);
    expect(after('unless-stopped')).toBe(true);
    expect(after('on-failure')).toBe(true);
    expect(after('on-failure', { maximumRetryCount: 2, restartCount: 1 })).toBe(true);
    expect(after('on-failure', { maximumRetryCount: 2, restartCount: 2 })).toBe(false);
    expect(after('no')).toBe(false);
  });
});
