import { describe, expect, it } from 'vitest';
import { HealthMonitor, type HealthClock, type ProbeOutcome } from '../../src/container/health.ts';
import {
  afterProbe,
  delayBeforeProbe,
  healthSettingsFor,
  STARTING,
} from '../../src/container/health-state.ts';
import type { HealthcheckSpec, HealthState } from '../../src/model/container.ts';

const SECOND_NS = 1_000_000_000;

function specOf(part: Partial<HealthcheckSpec> = {}): HealthcheckSpec {
  return {
    test: ['CMD', 'check'],
    interval: 0,
    timeout: 0,
    startPeriod: 0,
    startInterval: 0,
    retries: 0,
    ...part,
  };
}

function settingsOf(part: Partial<HealthcheckSpec> = {}): NonNullable<ReturnType<typeof healthSettingsFor>> {
  const settings = healthSettingsFor(specOf(part));
  if (settings === undefined) throw new Error('no settings');
  return settings;
}

function probed(exitCode: number, ranMs: number): Parameters<typeof afterProbe>[2] {
  return { result: { start: '', end: '', exitCode, output: '' }, ranMs };
}

describe('settings', () => {
  it('have the defaults of Docker', () => {
    expect(settingsOf()).toEqual({
      argv: ['check'],
      intervalMs: 30_000,
      timeoutMs: 30_000,
      startPeriodMs: 0,
      startIntervalMs: 5_000,
      retries: 3,
    });
  });

  it('run CMD-SHELL in the shell of the image', () => {
    expect(settingsOf({ test: ['CMD-SHELL', 'a || b'] }).argv).toEqual(['/bin/sh', '-c', 'a || b']);
    expect(healthSettingsFor(specOf({ test: ['CMD-SHELL', 'a'] }), ['/bin/bash', '-ec'])?.argv).toEqual([
      '/bin/bash',
      '-ec',
      'a',
    ]);
  });

  it('are none for NONE and for nothing', () => {
    expect(healthSettingsFor(specOf({ test: ['NONE'] }))).toBeUndefined();
    expect(healthSettingsFor(specOf({ test: [] }))).toBeUndefined();
    expect(healthSettingsFor(undefined)).toBeUndefined();
  });
});

describe('the state', () => {
  const settings = settingsOf({ startPeriod: 10 * SECOND_NS, retries: 2, startInterval: SECOND_NS });

  it('does not count failures in the start period', () => {
    const state = afterProbe(STARTING, settings, probed(1, 9_999));
    expect(state).toMatchObject({ status: 'starting', failingStreak: 0 });
    expect(state.log).toHaveLength(1);
  });

  it('is unhealthy after so many failures in a row, and healthy after one success', () => {
    const one = afterProbe(STARTING, settings, probed(1, 10_000));
    expect(one).toMatchObject({ status: 'starting', failingStreak: 1 });
    const two = afterProbe(one, settings, probed(-1, 11_000));
    expect(two).toMatchObject({ status: 'unhealthy', failingStreak: 2 });
    expect(afterProbe(two, settings, probed(0, 12_000))).toMatchObject({
      status: 'healthy',
      failingStreak: 0,
    });
  });

  it('counts failures in the start period once a probe has succeeded', () => {
    const healthy = afterProbe(STARTING, settings, probed(0, 1_000));
    expect(afterProbe(healthy, settings, probed(1, 2_000))).toMatchObject({
      status: 'healthy',
      failingStreak: 1,
    });
  });

  it('keeps the last five results', () => {
    let state: HealthState = STARTING;
    for (let code = 1; code <= 7; code += 1) state = afterProbe(state, settings, probed(code, 0));
    expect(state.log.map((result) => result.exitCode)).toEqual([3, 4, 5, 6, 7]);
  });

  it('is looked at more often only in the start period, and only until it is known', () => {
    expect(delayBeforeProbe(STARTING, settings, 1_000)).toBe(1_000);
    expect(delayBeforeProbe(STARTING, settings, 10_000)).toBe(30_000);
    expect(delayBeforeProbe({ ...STARTING, status: 'healthy' }, settings, 0)).toBe(30_000);
  });
});

describe('early probes', () => {
  const settings = settingsOf({ interval: SECOND_NS, retries: 1 });

  it('come ever more seldom until the time of the first counted one', () => {
    const delays: number[] = [];
    let ranMs = 0;
    while (ranMs < 1_000) {
      delays.push(delayBeforeProbe(STARTING, settings, ranMs));
      ranMs += delays.at(-1) ?? 0;
    }
    expect(delays).toEqual([100, 100, 200, 400, 200]);
    expect(delayBeforeProbe(STARTING, settings, ranMs)).toBe(1_000);
  });

  it('make healthy when they succeed and count for nothing when they fail', () => {
    expect(afterProbe(STARTING, settings, probed(0, 100))).toMatchObject({ status: 'healthy' });
    expect(afterProbe(STARTING, settings, probed(1, 800))).toMatchObject({
      status: 'starting',
      failingStreak: 0,
    });
    expect(afterProbe(STARTING, settings, probed(1, 1_000))).toMatchObject({ status: 'unhealthy' });
  });
});

describe('the monitor', () => {
  it('probes an interval after the end of the last probe and tells of changes', async () => {
    const clock = new FakeClock();
    const codes = [1, 0, 0];
    const told: [string, boolean, number][] = [];
    const monitor = new HealthMonitor({
      settings: settingsOf({ interval: SECOND_NS }),
      startedAtMs: 0,
      clock,
      probe: () => Promise.resolve({ exitCode: codes.shift() ?? 0, output: 'x' }),
      onProbe: (state, changed) => told.push([state.status, changed, clock.now()]),
    });
    monitor.start();
    for (let round = 0; round < 3; round += 1) await clock.advance(1_000);
    monitor.stop();
    await clock.advance(10_000);
    expect(told).toEqual([
      ['starting', false, 1_000],
      ['healthy', true, 2_000],
      ['healthy', false, 3_000],
    ]);
  });

  it('ends a probe that takes too long and counts it as a failure', async () => {
    const clock = new FakeClock();
    let aborted = false;
    const states: HealthState[] = [];
    const monitor = new HealthMonitor({
      settings: settingsOf({ interval: SECOND_NS, timeout: 2 * SECOND_NS, retries: 1 }),
      startedAtMs: 0,
      clock,
      probe: (_argv, signal) =>
        new Promise<ProbeOutcome>(() => {
          signal.addEventListener('abort', () => {
            aborted = true;
          });
        }),
      onProbe: (state) => states.push(state),
    });
    monitor.start();
    await clock.advance(1_000);
    await clock.advance(1_999);
    expect(states).toEqual([]);
    await clock.advance(1);
    monitor.stop();
    expect(aborted).toBe(true);
    expect(states[0]).toMatchObject({ status: 'unhealthy', log: [{ exitCode: -1 }] });
    expect(states[0]?.log[0]?.output).toBe('Health check exceeded timeout (2s)');
  });

  it('counts a probe that cannot run as a failure, and tells nothing after a stop', async () => {
    const clock = new FakeClock();
    const states: HealthState[] = [];
    const monitor = new HealthMonitor({
      settings: settingsOf({ interval: SECOND_NS }),
      startedAtMs: 0,
      clock,
      probe: () => Promise.reject(new Error('no such container')),
      onProbe: (state) => states.push(state),
    });
    monitor.start();
    await clock.advance(1_000);
    expect(states[0]?.log[0]).toMatchObject({ exitCode: -1, output: 'no such container' });
    const running = clock.advance(1_000);
    monitor.stop();
    await running;
    expect(states).toHaveLength(1);
  });
});

class FakeClock implements HealthClock {
  #now = 0;
  readonly #timers = new Set<{ at: number; action: () => void }>();

  now(): number {
    return this.#now;
  }

  after(delayMs: number, action: () => void): () => void {
    const timer = { at: this.#now + delayMs, action };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass, then everything that it set off. */
  async advance(ms: number): Promise<void> {
    this.#now += ms;
    for (const timer of [...this.#timers])
      if (timer.at <= this.#now && this.#timers.delete(timer)) timer.action();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
