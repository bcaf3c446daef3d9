import type { ServerResponse } from 'node:http';
import type { ImageTransfer, RegistryCredentials } from '../engine/engine-api.ts';
import type { TransferEvent } from '../model/transfer.ts';
import { readJsonBody } from './body.ts';
import { type Call, param } from './call.ts';
import { errorLine, transferLine } from './mapping/transfer-line.ts';
import { beginStream, sendJson, write } from './reply.ts';
import { route, type Route } from './router.ts';

export const registryRoutes: readonly Route[] = [
  route('POST', '/auth', login),
  route('POST', '/images/{name…}/push', push),
  route('POST', '/berth/artifacts', publish),
  route('GET', '/images/get', save),
  route('GET', '/images/{name…}/get', save),
  route('GET', '/distribution/{name…}/json', inspect),
];

/** `POST /images/create?fromImage=`: the status is an error as long as no line was sent. */
export async function pullImage(call: Call, reference: string): Promise<void> {
  const platform = call.query.get('platform') ?? '';
  await transfer(call, reference, (request) => call.engine.registry.pull({ ...request, platform }));
}

/** `X-Registry-Auth`: base64 of JSON; what cannot be read counts as nobody, as with dockerd. */
export function credentialsOf({ request }: Pick<Call, 'request'>): RegistryCredentials {
  return credentialsIn(membersIn(request.headers['x-registry-auth']));
}

function membersIn(header: string | readonly string[] | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(String(header ?? ''), 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** `X-Registry-Config` of a build: base64 of JSON, logins by registry. Nobody's where none is given. */
export function loginsOf({ request }: Pick<Call, 'request'>): (registry: string) => RegistryCredentials {
  const byRegistry = new Map(
    Object.entries(membersIn(request.headers['x-registry-config'])).map(([address, login]) => [
      registryOf(address),
      typeof login === 'object' && login !== null ? credentialsIn({ ...login }) : credentialsIn({}),
    ]),
  );
  return (registry) => byRegistry.get(registry) ?? credentialsIn({});
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

async function push(call: Call): Promise<void> {
  const tag = call.query.get('tag') ?? '';
  const name = param(call, 'name');
  await transfer(call, tag === '' ? name : `${name}:${tag}`, (request) => call.engine.registry.push(request));
}

async function login(call: Call): Promise<void> {
  const body = await readJsonBody(call);
  const members = Object.fromEntries(body.names().map((name) => [name, body.raw(name)]));
  const registry = registryOf(body.text('serveraddress'));
  await call.engine.registry.login(registry, credentialsIn(members), call.signal);
  sendJson(call.response, { Status: 'Login Succeeded', IdentityToken: '' });
}

/** `https://index.docker.io/v1/`, `host:5000`, `https://host/` → the registry. */
function registryOf(address: string): string {
  const host = address.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return host === '' || host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;
}

async function inspect(call: Call): Promise<void> {
  const { registry } = call.engine;
  const { descriptor, platforms } = await registry.inspect(
    param(call, 'name'),
    credentialsOf(call),
    call.signal,
  );
  sendJson(call.response, {
    Descriptor: { mediaType: descriptor.mediaType, digest: descriptor.digest, size: descriptor.sizeBytes },
    Platforms: platforms.map(({ os, architecture, variant }) => ({
      architecture,
      os,
      ...(variant !== '' && { variant }),
    })),
  });
}

async function publish(call: Call): Promise<void> {
  const body = await readJsonBody(call);
  const artifact = {
    reference: body.text('reference'),
    mediaType: body.text('mediaType'),
    manifest: body.text('manifest'),
    blobs: body.objects('blobs').map((one) => ({ digest: one.text('digest'), content: one.text('content') })),
  };
  const { registry } = call.engine;
  sendJson(call.response, await registry.publish(artifact, credentialsOf(call), call.signal));
}

async function save(call: Call): Promise<void> {
  const name = param(call, 'name');
  const names = name === '' ? call.query.getAll('names') : [name];
  const tar = call.engine.registry.save(names);
  beginStream(call.response, 'application/x-tar');
  for await (const chunk of tar) {
    if (call.signal.aborted) break;
    await write(call.response, Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  }
  call.response.end();
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
