import { ENGINE_PROBES } from './engine-probe.ts';
import type { HealthcheckSpec, HealthProbeResult, HealthState } from '../model/container.ts';

/** A health check with every default filled in. Times in milliseconds. */
export interface HealthSettings {
  readonly argv: readonly string[];
  /** The engine probes itself: `argv` is the kind and its values, no command. */
  readonly byEngine?: boolean;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly startPeriodMs: number;
  readonly startIntervalMs: number;
  readonly retries: number;
}

const DEFAULT_INTERVAL_MS = 30_000;
const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_START_INTERVAL_MS = 5_000;
const DEFAULT_RETRIES = 3;
const NS_IN_MS = 1_000_000;
const RESULTS_MAX = 5;

/** What a container's health check comes to; undefined when it has none. `shell` is the image's own, for CMD-SHELL. */
export function healthSettingsFor(
  spec: HealthcheckSpec | undefined,
  shell: readonly string[] = ['/bin/sh', '-c'],
): HealthSettings | undefined {
  const [kind, ...words] = spec?.test ?? [];
  if (spec === undefined || kind === undefined || kind === 'NONE') return undefined;
  const byEngine = ENGINE_PROBES.includes(kind);
  return {
    argv: kind === 'CMD-SHELL' ? [...shell, words.join(' ')] : byEngine ? spec.test : words,
    ...(byEngine && { byEngine }),
    intervalMs: spec.interval / NS_IN_MS || DEFAULT_INTERVAL_MS,
    timeoutMs: spec.timeout / NS_IN_MS || DEFAULT_TIMEOUT_MS,
    startPeriodMs: spec.startPeriod / NS_IN_MS,
    startIntervalMs: spec.startInterval / NS_IN_MS || DEFAULT_START_INTERVAL_MS,
    retries: spec.retries || DEFAULT_RETRIES,
  };
}

/** The health of a container that just started. */
export const STARTING: HealthState = { status: 'starting', failingStreak: 0, log: [] };

/** How long after its start a container is probed early for the first time; each further wait is as long as it ran. */
const EARLY_MS = 100;

/**
 * How long to wait for the next probe. Until the time of Docker's first probe (the interval, or the start interval
 * within a start period) a container that is not yet healthy is probed early, ever more seldom: one that is ready in
 * a second is not waited for half a minute.
 */
export function delayBeforeProbe(state: HealthState, settings: HealthSettings, ranMs: number): number {
  const firstMs = firstCountedMs(settings);
  if (state.status === 'starting' && ranMs < firstMs) {
    return Math.min(Math.max(EARLY_MS, ranMs), firstMs - ranMs);
  }
  const isStarting = state.status === 'starting' && ranMs < settings.startPeriodMs;
  return isStarting ? settings.startIntervalMs : settings.intervalMs;
}

/**
 * The health after a probe that began when the container had run for `ranMs`. Failures of early probes and within
 * the start period are not counted as long as no probe succeeded.
 */
export function afterProbe(
  state: HealthState,
  settings: HealthSettings,
  { result, ranMs }: { readonly result: HealthProbeResult; readonly ranMs: number },
): HealthState {
  const log = [...state.log, result].slice(-RESULTS_MAX);
  if (result.exitCode === 0) return { status: 'healthy', failingStreak: 0, log };
  const graceMs = Math.max(settings.startPeriodMs, firstCountedMs(settings));
  if (state.status === 'starting' && ranMs < graceMs) return { ...state, log };
  const failingStreak = state.failingStreak + 1;
  return { status: failingStreak >= settings.retries ? 'unhealthy' : state.status, failingStreak, log };
}

/** When Docker would probe for the first time. */
function firstCountedMs(settings: HealthSettings): number {
  return settings.startPeriodMs > 0 ? settings.startIntervalMs : settings.intervalMs;
}
