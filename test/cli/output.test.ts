import { expect, test } from 'vitest';
import type { CliContext } from '../../src/cli/context.ts';
import { composeRow } from '../../src/cli/output/compose-row.ts';
import { renderError } from '../../src/cli/output/errors.ts';
import { linkLines, reachOf } from '../../src/cli/output/links.ts';
import { LogPrinter } from '../../src/cli/output/log-printer.ts';
import { paletteFor } from '../../src/cli/output/palette.ts';
import { rendererFor } from '../../src/cli/output/renderer.ts';
import { replicaTable } from '../../src/cli/output/replica-table.ts';
import { table, widthOf } from '../../src/cli/output/table.ts';
import { BerthError, ComposeError, EngineError, HostError, ServiceError } from '../../src/model/errors.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { Replica } from '../../src/stack/ps.ts';
import { RecordingTerminal } from './terminal.ts';

function told(error: unknown, options: { json?: boolean; verbose?: boolean } = {}): [string, number] {
  const terminal = new RecordingTerminal();
  const code = renderError(error, { terminal, base: '/srv/shop', verbose: false, ...options });
  return [terminal.text, code];
}

const at = { file: '/srv/shop/compose.yaml', line: 7, column: 12 };

const replica: Replica = {
  id: 'f'.repeat(64),
  name: 'shop-web-1',
  service: 'web',
  number: 1,
  oneOff: false,
  image: 'berth/host',
  command: 'sleep 9',
  state: 'running',
  status: 'Up 3 minutes (healthy)',
  health: 'healthy',
  exitCode: 0,
  created: 1_700_000_000,
  networks: [
    { name: 'shop_front', address: '172.18.0.3' },
    { name: 'hehe', address: '172.20.0.2' },
  ],
  ports: [
    { hostIp: '0.0.0.0', hostPort: 8080, containerPort: 80, protocol: 'tcp' },
    { hostIp: '::', hostPort: 8080, containerPort: 80, protocol: 'tcp' },
    { hostIp: '127.0.0.1', hostPort: 5432, containerPort: 5432, protocol: 'tcp' },
    { hostIp: '', hostPort: 0, containerPort: 9000, protocol: 'tcp' },
  ],
  labels: { a: 'b' },
  mounts: ['shop_data'],
};

test('a mistake in a file is told with place, frame, code and fix', () => {
  const frame = '  7 |     scale: two\n    |            ^^^';
  const error = new ComposeError('COMPOSE_TYPE', '`scale` must be an integer', {
    at,
    frame,
    hint: 'write `scale: 2`',
  });
  expect(told(error)).toEqual([
    [
      'compose.yaml:7:12: `scale` must be an integer  [COMPOSE_TYPE]',
      '    7 |     scale: two',
      '      |            ^^^',
      '  fix: write `scale: 2`',
      '',
    ].join('\n'),
    2,
  ]);
});

test('several mistakes come in the order of the file, and the first error decides the exit code', () => {
  const later = new ComposeError('B', 'second', { at: { ...at, line: 9 } });
  const [text, code] = told(new ComposeError('A', 'third', { at: { ...at, line: 20 }, others: [later] }));
  expect(text.split('\n').map((line) => line.split('  ')[0])).toEqual([
    'compose.yaml:9:12: second',
    'compose.yaml:20:12: third',
    '',
  ]);
  expect(code).toBe(2);
});

test('a refusal of the machine shows the command and what it said', () => {
  const [text, code] = told(
    new HostError('HOST_COMMAND_FAILED', 'ip failed', { command: 'ip link', stderr: 'no\n' }),
  );
  expect(text).toBe('ip failed  [HOST_COMMAND_FAILED]\n  command: ip link\n    no\n');
  expect(code).toBe(3);
});

test('a service that failed is shown with its last lines and what was left undone', () => {
  const error = new ServiceError('SERVICE_UNHEALTHY', 'db did not become healthy in 30 s', {
    logTail: ['FATAL'],
    notes: ['web was not started'],
    hint: 'berth logs db',
  });
  expect(told(error)).toEqual([
    'db did not become healthy in 30 s  [SERVICE_UNHEALTHY]\n  web was not started\n  last lines of its log:\n    FATAL\n  berth logs db\n',
    4,
  ]);
});

test('a bug is a short notice; the stack comes only when asked for', () => {
  const [text, code] = told(new TypeError('x is undefined'));
  expect(text).toContain('berth met a bug: x is undefined');
  expect(text).not.toContain('    at ');
  expect(code).toBe(70);
  expect(told(new TypeError('x'), { verbose: true })[0]).toContain('output.test.ts');
});

test('an interrupted command ends with 130 and says nothing', () => {
  expect(told(Object.assign(new Error('stop'), { name: 'AbortError' }))).toEqual(['', 130]);
});

test('for programs an error is a line of JSON', () => {
  const [text, code] = told(new EngineError(500, 'PORT_TAKEN', 'port 80 is taken'), { json: true });
  expect(JSON.parse(text)).toEqual({
    type: 'error',
    code: 'PORT_TAKEN',
    message: 'port 80 is taken',
    notes: [],
    exitCode: 3,
  });
  expect(code).toBe(3);
});

test('an error of no particular class ends with 1', () => {
  expect(told(new BerthError('X', 'x'))[1]).toBe(1);
});

test('ps shows addresses, ports and from where they are reached', () => {
  expect(
    replicaTable(
      [replica, { ...replica, name: 'shop-job-1', state: 'exited', exitCode: 3, ports: [], networks: [] }],
      'shop',
    ),
  ).toMatchInlineSnapshot(`
    "NAME        SERVICE  STATE               ADDRESSES                          PORTS                                                                        REACHED FROM
    shop-web-1  web      running healthy 3m  front 172.18.0.3, hehe 172.20.0.2  0.0.0.0:8080->80/tcp, [::]:8080->80/tcp, 127.0.0.1:5432->5432/tcp, 9000/tcp  LAN 8080, this machine 5432
    shop-job-1  web      exited (3)
    "
  `);
});

test('ps --format json has Docker Compose’s keys', () => {
  expect(Object.keys(composeRow(replica, 'shop', { trunc: true }))).toEqual(
    expect.arrayContaining(
      'ID Name Names Image Command Project Service State Status Health ExitCode Publishers Labels Mounts Networks RunningFor CreatedAt Size'.split(
        ' ',
      ),
    ),
  );
  expect(composeRow(replica, 'shop', { trunc: true })).toMatchObject({
    Health: 'healthy',
    Publishers: expect.arrayContaining([
      { URL: '0.0.0.0', TargetPort: 80, PublishedPort: 8080, Protocol: 'tcp' },
      { URL: '', TargetPort: 9000, PublishedPort: 0, Protocol: 'tcp' },
    ]) as unknown,
  });
});

test('published ports are links, once each, with their reach', () => {
  expect(linkLines([replica], new RecordingTerminal())).toEqual([
    'web   http://localhost:8080   this machine and LAN',
    'web   localhost:5432          this machine',
  ]);
  expect(reachOf({ hostIp: '10.0.0.5', hostPort: 1, containerPort: 1, protocol: 'tcp' })).toBe(
    'through 10.0.0.5',
  );
});

test('a table lines up, colours and all', () => {
  const red = paletteFor(true).bad('a');
  expect(widthOf(red)).toBe(1);
  expect(
    table(
      ['X', 'Y'],
      [
        [red, '1'],
        ['bb', '2'],
      ],
    ),
  ).toBe(`X   Y\n${red}   1\nbb  2\n`);
});

test('log prefixes keep their width from the first line when names are known', () => {
  const out = new RecordingTerminal();
  const context = { out, err: out } as unknown as CliContext;
  const printer = new LogPrinter(context, { color: true, logPrefix: true });
  printer.expect(['web-1', 'migrate-1']);
  const line = { time: 't', stream: 'stdout', container: '', service: 'web', number: 1, text: 'hi' } as const;
  printer.print(line);
  expect(out.text).toBe('web-1      | hi\n');
});

test('without a prefix a line is as the service wrote it, with its time where asked for', () => {
  const out = new RecordingTerminal();
  const context = { out, err: out } as unknown as CliContext;
  const line = { time: 't', stream: 'stdout', container: '', service: 'web', number: 1, text: 'hi' } as const;
  new LogPrinter(context, { color: false, logPrefix: false, timestamps: true }).print(line);
  expect(out.text).toBe('t hi\n');
});

test('plain progress is one line for each thing that happened', async () => {
  const resource = { kind: 'container', name: 'shop-web-1', key: 'web' } as const;
  const plan: Plan = {
    project: 'shop',
    operations: [],
    changes: [{ resource, verdict: 'create', cause: { text: '' } }],
  };
  const err = new RecordingTerminal();
  const context = { err, globals: { progress: 'plain', ansi: 'auto' } } as unknown as CliContext;
  const renderer = await rendererFor({ context, plan, describe: async () => '' });
  const base = { type: 'operation', id: 1, resource, kind: 'start-container' } as const;
  renderer.event({ ...base, status: 'waiting', text: 'waiting for db: healthy' });
  renderer.event({ ...base, status: 'started', text: 'starting' });
  renderer.event({ ...base, status: 'done', text: 'started', durationMs: 12.3 });
  renderer.event({ type: 'note', level: 'warning', text: 'careful' });
  await renderer.end();
  expect(err.text).toBe(
    ' Container shop-web-1 Waiting for db: healthy\n Container shop-web-1 Started  12 ms\nwarning: careful\n',
  );
});

test('json progress is one event a line, and quiet says only errors', async () => {
  const plan: Plan = { project: 'shop', operations: [], changes: [] };
  const err = new RecordingTerminal();
  const describe = async () => '';
  for (const progress of ['json', 'quiet']) {
    const context = { err, globals: { progress, ansi: 'auto' } } as unknown as CliContext;
    const renderer = await rendererFor({ context, plan, describe });
    renderer.event({ type: 'note', level: 'info', text: 'x' });
  }
  expect(err.text).toBe('{"type":"note","level":"info","text":"x"}\n');
});
