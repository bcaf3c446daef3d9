import { mkfifoSync } from './fifo.ts';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadProject } from '../../src/compose/index.ts';
import { ComposeError } from '../../src/model/errors.ts';
import { inProject, load, mistakesOf, withoutMark } from './project.ts';

/** A second is what a person waits without wondering; slow test machines get three. */
const MILLISECONDS_MAX = 3000;

async function refusalOf(files: Parameters<typeof mistakesOf>[0]): Promise<string[]> {
  const start = performance.now();
  const found = await mistakesOf(files);
  expect(performance.now() - start).toBeLessThan(MILLISECONDS_MAX);
  return found.map(({ code }) => code);
}

test('an alias bomb is refused', async () => {
  const levels = 'bcdefghij'.split('').map((name, index) => {
    const below = `*${'abcdefghij'.charAt(index)}`;
    return `x-${name}: &${name} [${Array.from({ length: 9 }, () => below).join(', ')}]`;
  });
  const yaml = ['x-a: &a {k: v}', ...levels, 'services: {}', ''].join('\n');
  expect(await refusalOf(yaml)).toEqual(['COMPOSE_ALIAS_LIMIT']);
});

test('an alias bomb of merge keys is refused', async () => {
  const levels = Array.from({ length: 30 }, (_, index) => {
    const below =
      index === 0
        ? '{k: v}'
        : `{<<: *a${String(index - 1)}, l: *a${String(index - 1)}, r: *a${String(index - 1)}}`;
    return `x-${String(index)}: &a${String(index)} ${below}`;
  });
  expect(await refusalOf([...levels, 'services: {}', ''].join('\n'))).toEqual(['COMPOSE_ALIAS_LIMIT']);
});

test('a shared anchor of ordinary size is taken two thousand times', async () => {
  const services = Array.from(
    { length: 2000 },
    (_, index) => `  s${String(index)}:\n    <<: *base\n    hostname: h${String(index)}\n`,
  );
  const yaml = `x-base: &base\n  image: a\n  environment: {A: 1, B: 2, C: 3}\n  labels: [a=b, c=d]\nservices:\n${services.join('')}`;
  const { project } = await load(yaml);
  expect(Object.keys(project.model.services)).toHaveLength(2000);
});

test.each([
  ['brackets', '['.repeat(100_000)],
  ['closed brackets', `a: ${'['.repeat(5000)}${']'.repeat(5000)}`],
  ['maps in a line', `${'{a: '.repeat(3000)}1${'}'.repeat(3000)}`],
  ['lists in a line', `${'- '.repeat(50_000)}a`],
])('deep nesting of %s is refused', async (_title, yaml) => {
  expect(await refusalOf(yaml)).toContain('COMPOSE_TOO_DEEP');
});

test('deep indentation is refused', async () => {
  const yaml = Array.from({ length: 1500 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n');
  expect(await refusalOf(yaml)).toContain('COMPOSE_TOO_DEEP');
});

test('a file of 100 MB is refused before it is read', async () => {
  expect(await refusalOf({ 'compose.yaml': Buffer.alloc(100 * 1024 * 1024, 'a') })).toEqual([
    'COMPOSE_TOO_LARGE',
  ]);
});

test('a binary file is refused at its first odd byte', async () => {
  const elf = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 1]);
  expect(await mistakesOf({ 'compose.yaml': elf })).toMatchObject([
    { code: 'COMPOSE_NOT_TEXT', place: 'compose.yaml:1:5' },
  ]);
  const latin = Buffer.from('services:\n  web:\n    image: caf\xe9\n', 'latin1');
  expect(await mistakesOf({ 'compose.yaml': latin })).toMatchObject([
    { code: 'COMPOSE_NOT_TEXT', place: 'compose.yaml:3:15' },
  ]);
});

test('a byte order mark and Windows line ends change nothing', async () => {
  const { project } = await load(
    '\ufeffservices:\r\n  web:\r\n    image: a\r\n    command: |\r\n      a\r\n      b\r\n',
  );
  expect(project.model.services['web']).toMatchObject({ image: 'a', command: ['a', 'b'] });
  expect(project.at(['services', 'web', 'image'])).toMatchObject({ line: 3, column: 12 });
});

test('UTF-16 with its mark is read', async () => {
  const bytes = Buffer.concat([
    Buffer.from([0xff, 0xfe]),
    Buffer.from('services:\n  web:\n    image: a\n', 'utf16le'),
  ]);
  const { project } = await load({ 'compose.yaml': bytes });
  expect(project.model.services['web']).toMatchObject({ image: 'a' });
});

test('integers beyond 2^53 keep their digits', async () => {
  const { project } = await load(
    'services:\n  web:\n    image: a\n    labels: {id: 9007199254740993}\n    mem_limit: 9007199254740993\n',
  );
  expect(project.model.services['web']).toMatchObject({
    labels: { id: '9007199254740993' },
    mem_limit: '9007199254740993',
  });
});

test('a number that no machine has is refused', async () => {
  expect(
    await refusalOf('services:\n  web:\n    image: a\n    cpu_quota: 99999999999999999999\n'),
  ).not.toEqual([]);
});

test('names of JavaScript itself are ordinary names', async () => {
  const { project } = await load(
    'services:\n  constructor:\n    image: a\n    environment: {__proto__: b, toString: c}\n  __proto__: {image: b}\n',
  );
  expect(Object.keys(project.model.services)).toEqual(['constructor', '__proto__']);
  expect(Object.entries(project.model.services['constructor']?.environment ?? {})).toEqual([
    ['__proto__', 'b'],
    ['toString', 'c'],
  ]);
});

test('a compose file that is a folder is refused', async () => {
  const found = await inProject({ 'compose.yaml/x': '' }, async (cwd) =>
    loadProject({ cwd, environment: {}, files: ['compose.yaml'] }).catch((error: unknown) => error),
  );
  expect(found).toMatchObject({ code: 'COMPOSE_UNREADABLE' });
});

test('a circle of symbolic links is refused', async () => {
  await inProject({}, async (cwd) => {
    symlinkSync('b.yaml', join(cwd, 'a.yaml'));
    symlinkSync('a.yaml', join(cwd, 'b.yaml'));
    await expect(loadProject({ cwd, environment: {}, files: ['a.yaml'] })).rejects.toMatchObject({
      code: 'COMPOSE_UNREADABLE',
    });
  });
});

test('a named pipe without a writer is refused, not waited for', async () => {
  await inProject({}, async (cwd) => {
    mkfifoSync(join(cwd, 'compose.yaml'));
    await expect(loadProject({ cwd, environment: {} })).rejects.toMatchObject({ code: 'COMPOSE_UNREADABLE' });
  });
});

test('a path that leaves the project with .. is an ordinary path', async () => {
  const { project } = await load({
    'compose.yaml': 'services:\n  web:\n    image: a\n    volumes: ["../../x:/x"]\n',
  });
  expect(project.model.services['web']?.volumes?.[0]?.source).toMatch(/^\/[^.]*x$/);
});

test('a chain of three thousand dependencies is walked', async () => {
  const services = Array.from({ length: 3000 }, (_, index) => {
    const next = index === 2999 ? '' : `, depends_on: [s${String(index + 1)}]`;
    return `  s${String(index)}: {image: a${next}}\n`;
  });
  const { project } = await load(`services:\n${services.join('')}`);
  expect(Object.keys(project.model.services)).toHaveLength(3000);
});

test('a chain of a thousand bases is walked or refused, not a crash', async () => {
  const services = Array.from(
    { length: 1000 },
    (_, index) => `  s${String(index)}: {extends: s${String(index + 1)}}\n`,
  );
  const yaml = `services:\n${services.join('')}  s1000: {image: a}\n`;
  const outcome = await load(yaml).then(
    () => 'read',
    (error: unknown) => (error instanceof ComposeError ? 'refused' : error),
  );
  expect(['read', 'refused']).toContain(outcome);
});

test('a line of a megabyte is cut in the code frame', async () => {
  const { text, place } = withoutMark(
    `services: {web: {image: a, labels: {a: "${'x'.repeat(1_000_000)}"}, scale: §two}}`,
  );
  const [found] = await mistakesOf(text);
  expect(found).toMatchObject({ code: 'COMPOSE_TYPE', place: `compose.yaml:${place}` });
  expect((found?.frame ?? '').length).toBeLessThan(400);
});

test('control characters do not reach the terminal through a code frame', async () => {
  const [found] = await mistakesOf('services:\n  web:\n    image: a\n    scale: "\u001b[31mtwo"\n');
  expect(found?.frame).not.toContain('\u001b');
});

test('a variable with ten thousand nested defaults is refused', async () => {
  const yaml = `services:\n  web:\n    image: "${'${A:-'.repeat(10_000)}${'}'.repeat(10_000)}"\n`;
  expect(await refusalOf(yaml)).toEqual(['COMPOSE_INTERPOLATION']);
});
