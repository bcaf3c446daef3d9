import { EngineError } from '../../model/errors.ts';

/** The messages about registries. Words that clients of Docker's API match on are Docker's. */

export function registryUnreachable(host: string, cause: unknown): EngineError {
  const why = textOf(cause);
  const text = codeOf(cause);
  return new EngineError(500, 'REGISTRY_UNREACHABLE', `cannot reach the registry ${host}: ${why}`, {
    cause,
    hint: (text === undefined ? undefined : REACH_HINTS[text]) ?? 'Check the network and the address.',
  });
}

export function registryTls(host: string, cause: unknown): EngineError {
  return new EngineError(500, 'REGISTRY_TLS', `the registry ${host} cannot be trusted: ${textOf(cause)}`, {
    cause,
    hint: `Put the certificate of its authority into /etc/berth/certs.d/${host}/ca.crt (or /etc/docker/certs.d), or, on a network you trust, name the registry under "insecure-registries" in engine.json.`,
  });
}

export function registryWantsCertificate(host: string, cause: unknown): EngineError {
  return new EngineError(
    500,
    'REGISTRY_TLS',
    `the registry ${host} wants another client certificate: ${textOf(cause)}`,
    {
      cause,
      hint: `Put the certificate and its key into /etc/berth/certs.d/${host}/client.cert and client.key (or /etc/docker/certs.d).`,
    },
  );
}

export function registryPlainHttp(host: string): EngineError {
  return new EngineError(
    500,
    'REGISTRY_PLAIN_HTTP',
    `the registry ${host} speaks plain HTTP, which is not allowed for it: server gave HTTP response to HTTPS client`,
    { hint: `On a network you trust, name it under "insecure-registries" in engine.json.` },
  );
}

export function registryUnauthorized(what: string, why: string, withUser: boolean): EngineError {
  return new EngineError(
    401,
    'REGISTRY_UNAUTHORIZED',
    `${what}: unauthorized: ${why || 'authentication required'}`,
    {
      hint: withUser
        ? 'The registry refuses this user and password: log in again with berth login.'
        : 'Log in first: berth login REGISTRY.',
    },
  );
}

export function pullDenied(repository: string, why: string): EngineError {
  return new EngineError(
    404,
    'IMAGE_PULL_DENIED',
    `pull access denied for ${repository}, repository does not exist or may require 'docker login': denied: ${why || 'requested access to the resource is denied'}`,
    { hint: 'Check the name. For a private repository log in first: berth login REGISTRY.' },
  );
}

export function pushDenied(repository: string, why: string): EngineError {
  return new EngineError(
    403,
    'IMAGE_PUSH_DENIED',
    `push access denied for ${repository}: denied: ${why || 'requested access to the resource is denied'}`,
    { hint: 'Log in as a user who may write there: berth login REGISTRY.' },
  );
}

export function notInRegistry(reference: string): EngineError {
  return new EngineError(
    404,
    'IMAGE_NOT_IN_REGISTRY',
    `manifest for ${reference} not found: manifest unknown: manifest unknown`,
    { hint: 'The registry has no such tag or digest: check it there.' },
  );
}

export function blobMissing(digest: string, host: string): EngineError {
  return new EngineError(
    404,
    'REGISTRY_BLOB_MISSING',
    `the registry ${host} lacks ${digest}, which its own manifest names: blob unknown`,
    { hint: 'The image is damaged in the registry: push it again.' },
  );
}

export function rateLimited(host: string, why: string): EngineError {
  return new EngineError(
    429,
    'REGISTRY_RATE_LIMITED',
    `toomanyrequests: ${host} refuses further requests for now${why === '' ? '' : `: ${why}`}`,
    { hint: 'Wait a while, log in (which raises the limit of most registries), or use a mirror.' },
  );
}

export function registryFailed(host: string, what: string): EngineError {
  return new EngineError(500, 'REGISTRY_FAILED', `the registry ${host} failed: ${what}`, {
    hint: 'Try again later; what was fetched so far is kept.',
  });
}

export function registryStalled(host: string, cause: unknown): EngineError {
  return new EngineError(
    500,
    'REGISTRY_BROKEN_OFF',
    `the registry ${host} broke off again and again: ${textOf(cause)}`,
    {
      cause,
      hint: 'Try again: what was fetched so far is kept, and the next try goes on from there.',
    },
  );
}

export function answerInvalid(host: string, why: string): EngineError {
  return new EngineError(
    500,
    'REGISTRY_ANSWER_INVALID',
    `the registry ${host} answers what no registry should: ${why}`,
    {
      hint: 'Is this the address of a registry, and not of something before it, such as a login page or a proxy?',
    },
  );
}

export function tokenFailed(host: string, why: string): EngineError {
  return new EngineError(500, 'REGISTRY_TOKEN_FAILED', `no access token for the registry ${host}: ${why}`, {
    hint: 'The registry names a token server that does not work; try again later.',
  });
}

export function manifestUnsupported(reference: string, mediaType: string): EngineError {
  return new EngineError(
    400,
    'IMAGE_MANIFEST_UNSUPPORTED',
    `${reference} cannot be pulled: its manifest is of the type ${mediaType || '(none)'}`,
    {
      hint: 'Known are images by Docker (schema 2) and OCI, and lists of them. Push it again with a current tool.',
    },
  );
}

export function platformMissing(about: {
  reference: string;
  wanted: string;
  offered: readonly string[];
}): EngineError {
  const { reference, wanted, offered } = about;
  return new EngineError(
    404,
    'IMAGE_PLATFORM_MISSING',
    `no matching manifest for ${wanted} in the manifest list entries of ${reference}: it has ${offered.join(', ') || 'none'}`,
    { hint: 'Choose another tag, or one of these platforms with --platform (or `platform:` in the file).' },
  );
}

export function contentMismatch(about: { what: string; expected: string; actual: string }): EngineError {
  const { what, expected, actual } = about;
  return new EngineError(
    500,
    'IMAGE_DIGEST_MISMATCH',
    `${what} does not have the digest that was promised: expected ${expected}, got ${actual}`,
    { hint: 'It was changed or damaged on its way, or in the registry. Nothing of it was kept: try again.' },
  );
}

export function sizeMismatch(about: { what: string; expected: number; actual: string }): EngineError {
  const { what, expected, actual } = about;
  return new EngineError(
    500,
    'IMAGE_SIZE_MISMATCH',
    `${what} does not have the size that was promised: expected ${expected} bytes, got ${actual}`,
    { hint: 'It was changed or damaged on its way, or in the registry. Nothing of it was kept: try again.' },
  );
}

/** A layer has the right digest, and is no layer all the same. */
export function layerBroken(digest: string, cause: Error): EngineError {
  return new EngineError(
    400,
    'IMAGE_LAYER_BROKEN',
    `layer ${digest.slice(7, 19)} cannot be unpacked: ${cause.message}`,
    { cause, hint: 'The image itself is broken: build and push it again. Nothing was stored.' },
  );
}

export function pullCancelled(): EngineError {
  return new EngineError(499, 'IMAGE_PULL_CANCELLED', 'the client is gone: context canceled', {
    hint: 'What was fetched so far is kept, and the next pull goes on from there.',
  });
}

const REACH_HINTS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'No such host: check the name of the registry in front of the image.',
  EAI_AGAIN: 'Names cannot be resolved: check the network and /etc/resolv.conf.',
  ECONNREFUSED: 'Nothing listens there: check the port, and whether the registry runs.',
  ETIMEDOUT: 'Nothing answers there: check the network, a firewall, HTTPS_PROXY.',
};

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message || (codeOf(error) ?? 'no reason given') : String(error);
}
