import type Dockerode from 'dockerode';
import type { BerthError } from '../model/errors.ts';
import { EngineError, HostError, ServiceError, TeardownError, UsageError } from '../model/errors.ts';

interface Culprit {
  readonly service: string;
  readonly name: string;
  readonly logTail: readonly string[];
}

export function streamEnded(): HostError {
  return new HostError('ENGINE_GONE', 'the engine went away', {
    hint: 'its containers go on; run the command again: it starts the engine, which takes them up',
  });
}

export function serviceUnhealthy(
  about: Culprit & { info: Dockerode.ContainerInspectInfo; elapsedMs: number },
): ServiceError {
  const { service, name, info, logTail } = about;
  const time = `${Math.max(1, Math.round(about.elapsedMs / 1000))} s`;
  const text = `${service} did not become healthy in ${time}: container ${name} is unhealthy`;
  return new ServiceError('SERVICE_UNHEALTHY', text, {
    notes: probeNotes(info),
    logTail,
    hint: `${service} is left running for you to look at:  berth logs ${service} · berth exec ${service} sh`,
    cause: { container: name },
  });
}

export function serviceExited(about: Culprit & { info: Dockerode.ContainerInspectInfo }): ServiceError {
  const { service, name, info, logTail } = about;
  const { ExitCode: code, OOMKilled: isOom, Error: words } = info.State;
  const reason = isOom ? ', out of memory' : words === '' ? '' : `: ${words}`;
  return new ServiceError('SERVICE_EXITED', `container ${name} exited (${code})${reason}`, {
    logTail,
    hint: `see what it said:  berth logs ${service}`,
    cause: { container: name },
  });
}

export function serviceNotCompleted(about: Culprit & { exitCode: number }): ServiceError {
  const { service, name, exitCode, logTail } = about;
  const text = `service "${service}" didn't complete successfully: exit ${exitCode}`;
  return new ServiceError('SERVICE_NOT_COMPLETED', text, {
    logTail,
    hint: `see what it said:  berth logs ${service}`,
    cause: { container: name },
  });
}

export function hookFailed(about: {
  service: string;
  hook: string;
  index: number;
  exitCode: number;
  logTail: readonly string[];
}): ServiceError {
  const { service, hook, index, exitCode, logTail } = about;
  const text = `${service} hook exited with status ${exitCode}: ${hook}[${index}]`;
  return new ServiceError('HOOK_FAILED', text, {
    logTail,
    hint: `mend services.${service}.${hook}[${index}]`,
  });
}

/** The command or container of a hook could not be started at all. */
export function hookNotRun(
  about: { service: string; hook: string; index: number },
  reason: BerthError,
): ServiceError {
  const { service, hook, index } = about;
  const text = `${service} hook could not be run: ${hook}[${index}]: ${reason.message}`;
  return new ServiceError('HOOK_FAILED', text, { hint: reason.hint, notes: reason.notes, cause: reason });
}

export function hasNoHealthcheck(about: { service: string }): ServiceError {
  return new ServiceError('HEALTHCHECK_MISSING', `${about.service} has no health check to wait for`, {
    hint: `add a healthcheck to services.${about.service}, or depend on it with condition: service_started`,
  });
}

export function notHealthyInTime(seconds: number): ServiceError {
  return new ServiceError('WAIT_TIMEOUT', `application not healthy after ${seconds}s`, {
    hint: 'what is missing:  berth ps · berth logs',
  });
}

export function serviceNotRunning(service: string, index: number | undefined): UsageError {
  const which = index === undefined ? '' : ` container #${index}`;
  return new UsageError('SERVICE_NOT_RUNNING', `service "${service}" is not running${which}`, {
    hint: `start it:  berth up -d ${service}`,
  });
}

/** Several failures as one error: the first one, with its own class and exit code, and the others in it. */
export function leading(errors: readonly BerthError[]): BerthError | undefined {
  const [first, ...rest] = errors;
  if (!first || rest.length === 0) return first;
  const { code, message, at, frame, hint, notes, cause } = first;
  const details = { at, frame, hint, notes, cause, others: [...first.others, ...rest] };
  if (first instanceof ServiceError) {
    return new ServiceError(code, message, { ...details, logTail: first.logTail });
  }
  return new EngineError(first instanceof EngineError ? first.status : 500, code, message, details);
}

export function teardownFailed(errors: readonly BerthError[]): TeardownError {
  const things = errors.length === 1 ? 'one thing' : `${errors.length} things`;
  return new TeardownError('TEARDOWN_INCOMPLETE', `${things} could not be taken down`, {
    others: errors,
    hint: 'mend what is said above and run the command again; it goes on where it stopped',
  });
}

function probeNotes(info: Dockerode.ContainerInspectInfo): string[] {
  const health = info.State.Health;
  const last = health?.Log.at(-1);
  if (!health || !last) return [];
  const test = info.Config.Healthcheck?.Test ?? [];
  const probe = test[0] === 'CMD' || test[0] === 'CMD-SHELL' ? test.slice(1) : test;
  const output = last.Output.trim().split('\n').at(-1) ?? '';
  const said = output === '' ? '' : `   "${output}"`;
  return [
    `probe: ${probe.join(' ')}   exit ${last.ExitCode}, ${health.FailingStreak} failed in a row${said}`,
  ];
}

export function noSuchContainer(service: string, index: number | undefined): UsageError {
  const which = index === undefined ? 'no container' : `no container #${index}`;
  return new UsageError('SERVICE_NOT_RUNNING', `service "${service}" has ${which}`, {
    hint: `make it:  berth up -d ${service}`,
  });
}

export function nothingToBuild(services: readonly string[]): UsageError {
  const whose = services.length === 0 ? 'no service of the file has' : `${services.join(', ')}: none has`;
  return new UsageError('BUILD_NOTHING', `${whose} a \`build:\``, {
    hint: 'give a service a `build:` with the folder of its Dockerfile',
  });
}

/** A plain Docker Engine on the other side. */
export function cannotBuildThere(service: string): UsageError {
  return new UsageError('BUILD_ENGINE', `the image of ${service} can only be built by Berth's own engine`, {
    hint: `build it there with docker build, and run \`berth up --no-build\``,
  });
}
