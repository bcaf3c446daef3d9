import { describe, expect, test } from 'vitest';
import { EngineError } from '../../src/model/errors.ts';
import { call } from './http.ts';
import { serveFake } from './serve-fake.ts';

const FROM = { type: 'step', stage: '', number: 1, total: 2, text: 'FROM a', line: 1 } as const;
const RUN = {
  type: 'step',
  stage: '',
  number: 2,
  total: 2,
  text: 'RUN --mount=type=cache,target=/c make all',
  line: 2,
} as const;
const BUILT = {
  type: 'built',
  id: `sha256:${'ab'.repeat(32)}`,
  tags: ['x:1', 'x:2'],
  steps: 2,
  cachedSteps: 1,
} as const;

async function build(
  query: string,
  prepare: (of: Awaited<ReturnType<typeof serveFake>>) => void = () => undefined,
) {
  const served = await serveFake();
  prepare(served);
  const answer = await call(served.socketPath, `POST /v1.41/build?${query}`, 'tar');
  const lines = answer.text.split('\r\n').filter((line) => line !== '');
  return { ...answer, builds: served.engine.builds, lines: lines.map((line) => JSON.parse(line) as object) };
}

describe('POST /build', () => {
  test('tells the steps in the words of the classic builder, and the id at the end', async () => {
    const { lines, builds } = await build('t=x:1&t=x:2', ({ engine }) => {
      engine.builds.events = [FROM, { type: 'cached' }, RUN, { type: 'output', text: 'made' }, BUILT];
    });
    expect(lines).toEqual([
      { stream: 'Step 1/2 : FROM a\n' },
      { stream: ' ---> Using cache\n' },
      { stream: 'Step 2/2 : RUN --mount=type=cache,target=/c make all\n' },
      { stream: 'made\n' },
      { aux: { ID: BUILT.id } },
      { stream: ' ---> abababababab\n' },
      { stream: 'Successfully built abababababab\n' },
      { stream: 'Successfully tagged x:1\n' },
      { stream: 'Successfully tagged x:2\n' },
    ]);
    expect(builds.released).toBe(1);
  });

  test('with q it says only the id', async () => {
    const { lines } = await build('q=1', ({ engine }) => {
      engine.builds.events = [FROM, BUILT];
    });
    expect(lines).toEqual([{ stream: `${BUILT.id}\n` }]);
  });

  test('reads the query', async () => {
    const query = new URLSearchParams({
      dockerfile: 'sub/Dockerfile',
      buildargs: '{"A":"1","B":null}',
      labels: '{"l":"v"}',
      target: 'final',
      nocache: '1',
      pull: 'true',
      networkmode: 'none',
      extrahosts: 'a:1.2.3.4,b:5.6.7.8',
      ulimits: '[{"Name":"nofile","Soft":1,"Hard":2}]',
    });
    const { builds } = await build(query.toString());
    expect(builds.requests[0]).toMatchObject({
      context: '/staged',
      dockerfile: 'sub/Dockerfile',
      args: { A: '1' },
      labels: { l: 'v' },
      target: 'final',
      noCache: true,
      pull: true,
      network: 'none',
      extraHosts: ['a:1.2.3.4', 'b:5.6.7.8'],
      ulimits: ['nofile=1:2'],
    });
  });

  test('a command that fails is told in the words that clients look for', async () => {
    const failure = new EngineError(500, 'BUILD_FAILED', 'the build failed at RUN make all: exit status 7');
    const { status, lines } = await build('', ({ engine }) => {
      engine.builds.events = [RUN];
      engine.builds.failure = failure;
    });
    const message = "The command '/bin/sh -c make all' returned a non-zero code: 7";
    expect(status).toBe(200);
    expect(lines.at(-1)).toEqual({ errorDetail: { code: 7, message }, error: message });
  });

  test.each([
    [
      'COPY --chown=1 foo /bar',
      'the build failed at COPY foo /bar: no such file or directory',
      'stat foo: file does not exist',
    ],
    [
      'RUN ["/hello", "x"]',
      'the build failed: exit status 127',
      "The command '/hello x' returned a non-zero code: 127",
    ],
  ])('the failure of %s is told as by Docker', async (text, message, words) => {
    const { lines } = await build('', ({ engine }) => {
      engine.builds.events = [{ ...FROM, text }];
      engine.builds.failure = new EngineError(500, 'BUILD_FAILED', message);
    });
    expect(lines.at(-1)).toMatchObject({ error: expect.stringContaining(words) as string });
  });

  test('arguments that nobody used are named', async () => {
    const { text } = await build('', ({ engine }) => {
      const said = '[Warning] one or more build args were not consumed: [foo bar]';
      engine.builds.events = [FROM, { type: 'output', text: said }, BUILT];
    });
    expect(text).toContain('[Warning] One or more build-args [foo bar] were not consumed');
  });

  test('an error before the first word is the status of the answer', async () => {
    const { status, json, builds } = await build('', ({ engine }) => {
      engine.builds.failure = new EngineError(400, 'DOCKERFILE_MISSING', 'there is no Dockerfile');
    });
    expect([status, json]).toMatchObject([400, { message: 'there is no Dockerfile' }]);
    expect(builds.released).toBe(1);
  });

  test.each([
    ['version=2', 501, 'BuildKit'],
    ['remote=https://example.com/x.git', 400, 'contexts are not fetched'],
    ['dockerfile=../x', 400, 'Forbidden path outside the build context'],
    ['buildargs=nonsense', 400, 'it is not JSON'],
  ])('refuses %s', async (query, status, message) => {
    const answer = await build(query);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(message);
  });
});

describe('POST /commit and GET /containers/x/changes', () => {
  test('the query and the body say what the image is called and what it runs', async () => {
    const { socketPath, engine } = await serveFake();
    const query = new URLSearchParams({ container: 'web', repo: 'a/b', tag: '1', comment: 'c', pause: '0' });
    query.append('changes', 'ENV A=1\nUSER x');
    const answer = await call(socketPath, `POST /commit?${query.toString()}`, {
      Cmd: ['x'],
      Labels: { l: 'v' },
    });
    expect([answer.status, answer.json]).toEqual([201, { Id: 'sha256:made' }]);
    expect(engine.builds.commits).toEqual([
      {
        idOrName: 'web',
        reference: 'a/b:1',
        author: '',
        comment: 'c',
        changes: ['ENV A=1', 'USER x'],
        config: { command: ['x'], labels: { l: 'v' } },
        pause: false,
      },
    ]);
  });

  test('changes have the numbers of Docker', async () => {
    const { socketPath } = await serveFake();
    expect((await call(socketPath, 'GET /containers/x/changes')).json).toEqual([
      { Path: '/etc', Kind: 0 },
      { Path: '/etc/new', Kind: 1 },
      { Path: '/gone', Kind: 2 },
    ]);
  });
});
