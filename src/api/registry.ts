import type { ServerResponse } from 'node:http';
import type { ImageTransfer, RegistryCredentials } from '../engine/engine-api.ts';
import type { TransferEvent } from '../model/transfer.ts';
import type { Call } from './call.ts';
import { errorLine, transferLine } from './mapping/transfer-line.ts';
import { beginStream } from './reply.ts';

/** `POST /images/create?fromImage=`: the status is an error as long as no line was sent. */
export async function pullImage(call: Call, reference: string): Promise<void> {
  const platform = call.query.get('platform') ?? '';
  await transfer(call, reference, (request) => call.engine.registry.pull({ ...request, platform }));
}

/** `X-Registry-Auth`: base64 of JSON; what cannot be read counts as nobody, as with dockerd. */
export function credentialsOf({ request }: Pick<Call, 'request'>): RegistryCredentials {
  const header = request.headers['x-registry-auth'];
  let members: Readonly<Record<string, unknown>> = {};
  try {
    const value: unknown = JSON.parse(Buffer.from(String(header ?? ''), 'base64url').toString('utf8'));
    if (typeof value === 'object' && value !== null) members = value as Record<string, unknown>;
  } catch {
    // Nobody.
  }
  return credentialsIn(members);
}

/** In the words of Docker's AuthConfig, names in any case. */
export function credentialsIn(members: Readonly<Record<string, unknown>>): RegistryCredentials {
  const lower = new Map(Object.entries(members).map(([name, value]) => [name.toLowerCase(), value]));
  const text = (name: string): string => {
    const value = lower.get(name);
    return typeof value === 'string' ? value : '';
  };
  const [user = '', ...rest] = Buffer.from(text('auth'), 'base64').toString('utf8').split(':');
  return {
    username: text('username') || user,
    password: text('password') || rest.join(':'),
    identityToken: text('identitytoken'),
    registryToken: text('registrytoken'),
  };
}

async function transfer(
  call: Call,
  reference: string,
  work: (request: ImageTransfer) => Promise<void>,
): Promise<void> {
  const { response, signal } = call;
  const onEvent = (event: TransferEvent): void => writeLine(response, transferLine(event));
  try {
    await work({ reference, credentials: credentialsOf(call), signal, onEvent });
  } catch (error) {
    if (!response.headersSent) throw error;
    writeLine(response, errorLine(error));
  }
  response.end();
}

function writeLine(response: ServerResponse, line: object): void {
  if (!response.headersSent) beginStream(response, 'application/json');
  if (!response.destroyed) response.write(JSON.stringify(line) + '\r\n');
}
