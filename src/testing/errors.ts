import type { BerthError } from '../model/errors.ts';
import { ServiceError, UsageError } from '../model/errors.ts';

export function needsBerth(socketPath: string): UsageError {
  return new UsageError(
    'TESTING_NEEDS_BERTH',
    `the engine at ${socketPath} is not Berth's, and knows no leases`,
    {
      hint: 'unset BERTH_HOST and DOCKER_HOST: the library starts an engine by itself',
    },
  );
}

export function noSuchService(name: string, services: readonly string[]): UsageError {
  return new UsageError('SERVICE_UNKNOWN', `the stack has no service "${name}"`, {
    hint: `it has ${services.join(', ')}`,
  });
}

export function notPublished(
  service: string,
  port: number | undefined,
  ports: readonly string[],
): UsageError {
  const which = port === undefined ? 'no port' : `no port ${String(port)}`;
  const text = `service "${service}" publishes ${which}`;
  return new UsageError('PORT_NOT_PUBLISHED', text, {
    hint:
      ports.length === 0
        ? `add ports: ["${String(port ?? 8080)}"] to it`
        : `it publishes ${ports.join(', ')}`,
  });
}

export function portUnclear(service: string, ports: readonly number[]): UsageError {
  const found = ports.length === 0 ? 'declares no port' : `has ports ${ports.join(', ')}`;
  return new UsageError('PORT_UNCLEAR', `service "${service}" ${found}: which one is meant?`, {
    hint: 'give the port inside the container: url({ port: 3000 })',
  });
}

export function noAddress(service: string, network: string | undefined): UsageError {
  const where = network === undefined ? 'on any network' : `on network ${network}`;
  return new UsageError('ADDRESS_NONE', `service "${service}" has no address ${where}`, {
    hint: 'it must run, and be on a bridge network',
  });
}

export function stackIsDown(name: string): UsageError {
  return new UsageError('STACK_DOWN', `stack ${name} is down`, { hint: 'bring it up again' });
}

export function paramsMissing(texts: readonly string[]): UsageError {
  return new UsageError('PARAM_MISSING', texts.join('; '), {
    hint: 'give it in params, or a default in the file: ${NAME:-value}',
  });
}

export function faultAddress(name: string): UsageError {
  return new UsageError('FAULT_ADDRESS', `"${name}" is neither an IP address nor a service that runs`, {
    hint: 'give an IPv4 or IPv6 address, or the name of a service of the stack',
  });
}

export function rateInvalid(rate: string): UsageError {
  return new UsageError('RATE_INVALID', `"${rate}" is no rate`, {
    hint: 'write 500kbit, 10mbit, or bits a second as a number',
  });
}

export function waitFailed(about: {
  readonly service: string;
  readonly what: string;
  readonly ms: number;
  readonly logTail: readonly string[];
  readonly cause: unknown;
}): ServiceError {
  const { service, what, ms, logTail, cause } = about;
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  const text = `${service}: waited ${String(ms / 1000)} s in vain for ${what}${reason}`;
  return new ServiceError('WAIT_TIMEOUT', text, { logTail, cause: { container: service } });
}

/** The same failure with the last lines of every service that failed in its message, as test reports print no more. */
export function withTails(error: BerthError): BerthError {
  const all = [error, ...error.others];
  const tails = all.flatMap((one) => (one instanceof ServiceError ? tailLines(one) : []));
  const notes = all.slice(1).map(({ message }) => message);
  // Of a service its log says more than a hint for the command line.
  const hints = error.hint === undefined || tails.length > 0 ? [] : [error.hint];
  const lines = [error.message, ...notes, ...error.notes, ...tails, ...hints];
  const details = { at: error.at, frame: error.frame, hint: error.hint, notes: error.notes };
  return new ServiceError(error.code, lines.join('\n'), {
    ...details,
    others: error.others,
    cause: error,
    logTail: error instanceof ServiceError ? error.logTail : [],
  });
}

function tailLines({ logTail, cause }: ServiceError): string[] {
  const name =
    typeof cause === 'object' && cause !== null && 'container' in cause ? String(cause.container) : '';
  return logTail.map((line) => `  ${name} | ${line}`);
}
