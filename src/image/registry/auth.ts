import type { Exchange } from '../../host/http-exchange.ts';

/** Who asks, in the words of `X-Registry-Auth`. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** A refresh token, instead of a password. */
  readonly identityToken: string;
  /** An access token, sent as it is. */
  readonly registryToken: string;
}

export const NOBODY: Credentials = { username: '', password: '', identityToken: '', registryToken: '' };

export interface Challenge {
  readonly scheme: 'basic' | 'bearer';
  readonly realm: string;
  readonly service: string;
  readonly scope: string;
}

/** What `WWW-Authenticate` asks for: Bearer where it is offered, else Basic (RFC 9110 §11); undefined: neither. */
export function challengeOf(header: string | undefined): Challenge | undefined {
  const offers = [
    ...(header ?? '').matchAll(
      /(?:^|,)\s*(basic|bearer)(?:\s+((?:[^",]|"[^"]*"|,(?!\s*(?:basic|bearer)\b))*))?/gi,
    ),
  ];
  const challenges = offers.map(([, scheme = '', parameters = '']) => {
    const values = new Map(
      [...parameters.matchAll(/(\w+)=(?:"([^"]*)"|([^",\s]*))/g)].map(([, name = '', quoted, bare]) => [
        name.toLowerCase(),
        quoted ?? bare ?? '',
      ]),
    );
    const value = (name: string): string => values.get(name) ?? '';
    return {
      scheme: scheme.toLowerCase() === 'bearer' ? ('bearer' as const) : ('basic' as const),
      realm: value('realm'),
      service: value('service'),
      scope: value('scope'),
    };
  });
  return challenges.find(({ scheme }) => scheme === 'bearer') ?? challenges[0];
}

export function hasUser({ username, identityToken, registryToken }: Credentials): boolean {
  return username !== '' || identityToken !== '' || registryToken !== '';
}

export function basicHeader({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** How to ask a token server: by GET with the password, or by an OAuth POST with a refresh token. */
export function tokenRequest(
  challenge: Challenge,
  about: { credentials: Credentials; scope: string },
): { url: URL; method: string; headers: Record<string, string>; body: Buffer | undefined } {
  const { credentials, scope } = about;
  const url = new URL(challenge.realm);
  if (credentials.identityToken !== '') {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      service: challenge.service,
      client_id: 'berth',
      scope,
      refresh_token: credentials.identityToken,
    });
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    return { url, method: 'POST', headers, body: Buffer.from(form.toString()) };
  }
  if (challenge.service !== '') url.searchParams.set('service', challenge.service);
  for (const one of scope.split(' ').filter(Boolean)) url.searchParams.append('scope', one);
  if (credentials.username === '') return { url, method: 'GET', headers: {}, body: undefined };
  url.searchParams.set('account', credentials.username);
  return { url, method: 'GET', headers: { Authorization: basicHeader(credentials) }, body: undefined };
}

/** The access token in a token server's answer; undefined when there is none. */
export function tokenIn(text: string): string | undefined {
  try {
    const { token, access_token: accessToken } = JSON.parse(text) as {
      token?: unknown;
      access_token?: unknown;
    };
    const found = [token, accessToken].find((value) => typeof value === 'string' && value !== '');
    return typeof found === 'string' ? found : undefined;
  } catch {
    return undefined;
  }
}

/** The text of a small body; undefined when it is longer than that. */
export async function readText(exchange: Exchange, mostBytes: number): Promise<string | undefined> {
  return (await readSmall(exchange, mostBytes))?.toString('utf8');
}

export async function readSmall(exchange: Exchange, mostBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of exchange.body) {
    total += chunk.length;
    if (total > mostBytes) {
      exchange.discard();
      return undefined;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
