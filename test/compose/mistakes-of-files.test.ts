import { expect, test } from 'vitest';
import { mistakesOf } from './project.ts';

test('all mistakes of several files are told at once, file by file and line by line', async () => {
  const found = await mistakesOf(
    {
      'a.yaml': 'services:\n  web:\n    image: 1\n    ports: ["x"]\n    tty: maybe\n',
      'b.yaml': 'services:\n  db:\n    imag: b\n    networks: [front]\n',
    },
    { files: ['a.yaml', 'b.yaml'] },
  );
  expect(found.map(({ code, place }) => `${code} ${place}`)).toEqual([
    'COMPOSE_TYPE a.yaml:3:12',
    'COMPOSE_PORT a.yaml:4:13',
    'COMPOSE_TYPE a.yaml:5:10',
    'COMPOSE_UNKNOWN_KEY b.yaml:3:5',
    'COMPOSE_UNDEFINED b.yaml:4:16',
  ]);
});

test('a mistake in a base is told where it stands, in the file of the base', async () => {
  const found = await mistakesOf({
    'compose.yaml': 'services:\n  web:\n    extends: {file: sub/base.yaml, service: base}\n',
    'sub/base.yaml': 'services:\n  base:\n    image: a\n    enviroment: {}\n',
  });
  expect(found).toMatchObject([
    { code: 'COMPOSE_UNKNOWN_KEY', place: 'sub/base.yaml:4:5', hint: 'did you mean `environment`?' },
  ]);
});

test('a mistake in an included file is told where it stands', async () => {
  const found = await mistakesOf({
    'compose.yaml': 'include: [sub/inner.yaml]\nservices: {}\n',
    'sub/inner.yaml': 'services:\n  web:\n    image: a\n    scale: x\n',
  });
  expect(found).toMatchObject([{ code: 'COMPOSE_TYPE', place: 'sub/inner.yaml:4:12' }]);
});

test('a value that can not be overridden names both places', async () => {
  const found = await mistakesOf(
    {
      'a.yaml': 'services:\n  web:\n    image: a\n    ports: ["80"]\n',
      'b.yaml': 'services:\n  web:\n    ports: {a: b}\n',
    },
    { files: ['a.yaml', 'b.yaml'] },
  );
  expect(found).toMatchObject([{ code: 'COMPOSE_MERGE', place: 'b.yaml:3:12' }]);
  expect(found[0]?.message).toMatch(/a\.yaml:4/);
});

test('an env file with a broken line is told at that line', async () => {
  const yaml = 'services:\n  web:\n    image: a\n    env_file: a.env\n';
  expect(await mistakesOf({ 'compose.yaml': yaml, 'a.env': 'A=1\nB="open\n' })).toMatchObject([
    { code: 'COMPOSE_ENV_FILE_SYNTAX', place: 'a.env:2:3' },
  ]);
  expect(await mistakesOf({ 'compose.yaml': yaml, 'a.env': 'A=1\nB C=1\n' })).toMatchObject([
    { code: 'COMPOSE_ENV_FILE_SYNTAX', place: 'a.env:2:1' },
  ]);
});

test.each([
  ['Bad Name', '-p'],
  ['_x', '-p'],
])('the project name %j of %s is refused', async (projectName) => {
  expect(await mistakesOf('services: {}\n', { projectName })).toMatchObject([
    { code: 'COMPOSE_PROJECT_NAME' },
  ]);
});

test('a service that the command line names and nobody defines is refused with the nearest one', async () => {
  const found = await mistakesOf('services:\n  web: {image: a}\n', { services: ['wbe'] });
  expect(found).toMatchObject([{ code: 'COMPOSE_NO_SERVICE', hint: 'did you mean `web`?' }]);
});

test('a folder without a compose file says what was looked for', async () => {
  expect(await mistakesOf({ 'readme.md': '' })).toMatchObject([{ code: 'COMPOSE_NO_FILE', place: '' }]);
});

test('an empty file is refused', async () => {
  expect(await mistakesOf('')).toMatchObject([{ code: 'COMPOSE_EMPTY', place: 'compose.yaml:1:1' }]);
  expect(await mistakesOf('# nothing\n')).toMatchObject([{ code: 'COMPOSE_EMPTY' }]);
});
