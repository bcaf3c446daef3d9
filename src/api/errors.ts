import { EngineError } from '../model/errors.ts';

export function badRequest(message: string, hint?: string): EngineError {
  return new EngineError(400, 'BAD_REQUEST', message, { hint });
}

export function badFilter(message: string): EngineError {
  return new EngineError(400, 'BAD_FILTER', message);
}

export function bodyTooLarge(limitBytes: number): EngineError {
  return new EngineError(413, 'BODY_TOO_LARGE', `the request body is larger than ${limitBytes} bytes`);
}

export function pageNotFound(): EngineError {
  return new EngineError(404, 'PAGE_NOT_FOUND', 'page not found');
}

export function clientTooOld(asked: string, minimum: string): EngineError {
  const advice = `Minimum supported API version is ${minimum}, please upgrade your client to a newer version`;
  return new EngineError(400, 'API_VERSION', `client version ${asked} is too old. ${advice}`);
}

export function clientTooNew(asked: string, maximum: string): EngineError {
  const advice = `Maximum supported API version is ${maximum}`;
  return new EngineError(400, 'API_VERSION', `client version ${asked} is too new. ${advice}`, {
    hint: `Set DOCKER_API_VERSION=${maximum}, or let the client negotiate.`,
  });
}

/** What Docker has and this engine has not: said, never silently skipped. */
export function notSupported(what: string, hint?: string): EngineError {
  return new EngineError(501, 'NOT_SUPPORTED', `${what} is not supported by Berth`, { hint });
}

export function notASwarm(): EngineError {
  const message =
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';
  return new EngineError(503, 'NOT_A_SWARM', message);
}
