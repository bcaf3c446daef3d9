import { expect, test } from 'vitest';
import { humanSize, transferLine } from '../../src/api/mapping/transfer-line.ts';
import { credentialsIn } from '../../src/api/registry.ts';
import { call } from './http.ts';
import { serveFake } from './serve-fake.ts';

const ask = async (line: string, body?: unknown) => call((await serveFake()).socketPath, line, body);

const linesOf = (text: string): object[] =>
  text
    .split('\r\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as object);

test('a pull is a stream of lines in Docker’s shape', async () => {
  const { status, text } = await ask('POST /images/create?fromImage=redis&tag=7&platform=linux/arm');
  expect(status).toBe(200);
  expect(linesOf(text)).toEqual([
    { status: 'Pulling from library/redis', id: '7' },
    {
      status: 'Downloading',
      progressDetail: { current: 500, total: 1000 },
      progress: `[${'='.repeat(25)}>${' '.repeat(25)}]     500B/1kB`,
      id: 'aaaaaaaaaaaa',
    },
    { status: 'Pull complete', progressDetail: {}, id: 'aaaaaaaaaaaa' },
  ]);
});

test('a failure before the first line is a status, one after it a line', async () => {
  const missing = await ask('POST /images/create?fromImage=missing');
  expect([missing.status, JSON.parse(missing.text)]).toMatchObject([404, { message: 'no manifest' }]);
  const broken = await ask('POST /images/create?fromImage=broken');
  expect(broken.status).toBe(200);
  expect(linesOf(broken.text).at(-1)).toMatchObject({
    errorDetail: { message: 'wrong bytes' },
    error: 'wrong bytes',
    berth: { code: 'IMAGE_DIGEST_MISMATCH' },
  });
});

test('a push ends with what it brought, under aux', async () => {
  const { text } = await ask('POST /images/host:5000/a/b/push?tag=1');
  expect(linesOf(text).at(-1)).toEqual({
    progressDetail: {},
    aux: { Tag: '1', Digest: 'sha256:d', Size: 3 },
  });
});

test('a login is tried', async () => {
  const wrong = await ask('POST /auth', { username: 'me', password: 'x', serveraddress: 'h:1' });
  expect(wrong.status).toBe(401);
  const right = await ask('POST /auth', { username: 'me', password: 'right' });
  expect(JSON.parse(right.text)).toEqual({ Status: 'Login Succeeded', IdentityToken: '' });
});

test('a registry is asked about a name', async () => {
  const { text } = await ask('GET /distribution/a/b:1/json');
  expect(JSON.parse(text)).toEqual({
    Descriptor: { mediaType: 'application/json', digest: 'sha256:d', size: 3 },
    Platforms: [{ architecture: 'arm', os: 'linux', variant: 'v7' }],
  });
});

test('images are saved by name, one or several', async () => {
  expect((await ask('GET /images/a/b:1/get')).text).toBe('a tar');
  expect((await ask('GET /images/get?names=a&names=b')).text).toBe('a tar');
});

test('a login may come as user and password, as one word, or as a token', () => {
  const nobody = { username: '', password: '', identityToken: '', registryToken: '' };
  expect(credentialsIn({ Username: 'me', Password: 'a:b' })).toEqual({
    ...nobody,
    username: 'me',
    password: 'a:b',
  });
  const auth = Buffer.from('me:a:b').toString('base64');
  expect(credentialsIn({ auth })).toEqual({ ...nobody, username: 'me', password: 'a:b' });
  expect(credentialsIn({ identitytoken: 't' })).toEqual({ ...nobody, identityToken: 't' });
});

test('sizes have four digits that count', () => {
  expect([0, 999, 1000, 1_234_567, 46_000_000_000].map(humanSize)).toEqual([
    '0B',
    '999B',
    '1kB',
    '1.235MB',
    '46GB',
  ]);
  expect(transferLine({ status: 'Waiting', id: 'a', progress: {} })).toEqual({
    status: 'Waiting',
    progressDetail: {},
    id: 'a',
  });
});
