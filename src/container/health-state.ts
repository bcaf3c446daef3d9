import type { HealthcheckSpec, HealthProbeResult, HealthState } from '../model/container.ts';

/** A health check with every default filled in. Times in milliseconds. */
export interface HealthSettings {
  readonly argv: readonly string[];
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
  return {
    argv: kind === 'CMD-SHELL' ? [...shell, words.join(' ')] : words,
    intervalMs: spec.interval / NS_IN_MS || DEFAULT_INTERVAL_MS,
    timeoutMs: spec.timeout / NS_IN_MS || DEFAULT_TIMEOUT_MS,
    startPeriodMs: spec.startPeriod / NS_IN_MS,
    startIntervalMs: spec.startInterval / NS_IN_MS || DEFAULT_START_INTERVAL_MS,
    retries: spec.retries || DEFAULT_RETRIES,
  };
}

/** The health of a container that just started. */
export const STARTING: HealthState = { status: 'starting', failingStreak: 0, log: [] };

/** How long to wait for the next probe: shorter while the container is within its start period and not yet healthy. */
export function delayBeforeProbe(state: HealthState, settings: HealthSettings, ranMs: number): number {
  const isStarting = state.status === 'starting' && ranMs < settings.startPeriodMs;
  return isStarting ? settings.startIntervalMs : settings.intervalMs;
}

/**
 * The health after a probe that began when the container had run for `ranMs`. Failures within the start period are
 * not counted as long as no probe succeeded.
 */
export function afterProbe(
  state: HealthState,
  settings: HealthSettings,
  { result, ranMs }: { readonly result: HealthProbeResult; readonly ranMs: number },
): HealthState {
  const log = [...state.log, result].slice(-RESULTS_MAX);
  if (result.exitCode === 0) return { status: 'healthy', failingStreak: 0, log };
  if (state.status === 'starting' && ranMs < settings.startPeriodMs) return { ...state, log };
  const failingStreak = state.failingStreak + 1;
  return { status: failingStreak >= settings.retries ? 'unhealthy' : state.status, failingStreak, log };
}
