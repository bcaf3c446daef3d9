import type { ContainerSpec, HealthcheckSpec, ProcessSpec } from '../../model/container.ts';
import { EngineError } from '../../model/errors.ts';
import type { ImageConfig } from '../../model/image.ts';

/**
 * Merges what the client asked for with what the image says, by Docker's rules: an entrypoint of the client also
 * drops the image's command; a bare `K` in the environment removes the image's `K`.
 */
export function processSpecFor(spec: ContainerSpec, image: ImageConfig): ProcessSpec {
  const entrypoint = spec.entrypoint ?? image.entrypoint;
  const command = spec.command ?? (spec.entrypoint ? [] : image.command);
  const argv = [...entrypoint, ...command];
  if (argv.length === 0) {
    throw new EngineError(400, 'CONTAINER_NO_COMMAND', 'no command specified', {
      hint: `the image ${spec.image} names no command: give one`,
    });
  }
  const healthcheck = healthcheckFor(spec.healthcheck, image.healthcheck);
  return {
    argv,
    entrypoint,
    command,
    env: mergeEnvironment(image.env, spec.env),
    workingDir: spec.workingDir || image.workingDir,
    user: spec.user || image.user,
    stopSignal: spec.stopSignal || image.stopSignal,
    ...(healthcheck ? { healthcheck } : {}),
    exposedPorts: [...new Set([...image.exposedPorts, ...spec.exposedPorts])],
    volumes: [...new Set([...image.volumes, ...spec.anonymousVolumes])],
    labels: { ...image.labels, ...spec.labels },
  };
}

function mergeEnvironment(base: readonly string[], over: readonly string[]): string[] {
  const merged = new Map(over.map((entry) => splitEntry(entry)));
  for (const entry of base) {
    const [name, value] = splitEntry(entry);
    if (!merged.has(name)) merged.set(name, value);
  }
  // A bare name stays: it also takes away what every process gets, such as HOSTNAME.
  return [...merged].map(([name, value]) => (value === undefined ? name : `${name}=${value}`));
}

function splitEntry(entry: string): [name: string, value: string | undefined] {
  const at = entry.indexOf('=');
  return at < 0 ? [entry, undefined] : [entry.slice(0, at), entry.slice(at + 1)];
}

function healthcheckFor(
  own: HealthcheckSpec | undefined,
  fromImage: HealthcheckSpec | undefined,
): HealthcheckSpec | undefined {
  if (own?.test[0] === 'NONE') return undefined;
  if (own && own.test.length > 0) return own;
  if (!fromImage || fromImage.test[0] === 'NONE') return undefined;
  if (!own) return fromImage;
  return {
    test: fromImage.test,
    interval: own.interval || fromImage.interval,
    timeout: own.timeout || fromImage.timeout,
    startPeriod: own.startPeriod || fromImage.startPeriod,
    startInterval: own.startInterval || fromImage.startInterval,
    retries: own.retries || fromImage.retries,
  };
}
