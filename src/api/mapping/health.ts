import type Docker from 'dockerode';
import type { HealthcheckSpec, HealthState } from '../../model/container.ts';
import { badRequest } from '../errors.ts';
import type { BodyReader } from './body-reader.ts';

/** Docker's smallest time: one millisecond. */
const MINIMUM_NS = 1_000_000;

export function healthcheckSpec(body: BodyReader): HealthcheckSpec {
  const span = (name: string): number => {
    const value = body.number(name);
    if (value !== 0 && value < MINIMUM_NS) {
      throw badRequest(`${name} in Healthcheck cannot be less than 1ms`);
    }
    return value;
  };
  const retries = body.number('Retries');
  if (retries < 0) throw badRequest('Retries in Healthcheck cannot be negative');
  return {
    test: body.list('Test'),
    interval: span('Interval'),
    timeout: span('Timeout'),
    startPeriod: span('StartPeriod'),
    startInterval: span('StartInterval'),
    retries,
  };
}

export function healthConfig(spec: HealthcheckSpec): Docker.HealthConfig {
  return {
    ...(spec.test.length > 0 && { Test: [...spec.test] }),
    ...(spec.interval && { Interval: spec.interval }),
    ...(spec.timeout && { Timeout: spec.timeout }),
    ...(spec.startPeriod && { StartPeriod: spec.startPeriod }),
    ...(spec.startInterval && { StartInterval: spec.startInterval }),
    ...(spec.retries && { Retries: spec.retries }),
  };
}

export function healthState(
  health: HealthState,
): NonNullable<Docker.ContainerInspectInfo['State']['Health']> {
  return {
    Status: health.status,
    FailingStreak: health.failingStreak,
    Log: health.log.map((probe) => ({
      Start: probe.start,
      End: probe.end,
      ExitCode: probe.exitCode,
      Output: probe.output,
    })),
  };
}
