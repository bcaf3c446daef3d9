import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { schemaAttributes } from '../../src/compose/support/attributes.ts';
import { supportPage } from '../../src/compose/support/page.ts';
import { supportTable } from '../../src/compose/support/table.ts';
import { checkSupport, supportFor } from '../../src/compose/support.ts';
import { load } from './project.ts';

const root = join(import.meta.dirname, '..', '..');
/** `services.*` and the like: the objects themselves. */
const isObject = (pattern: string): boolean => pattern.endsWith('.*');

test('every row of the table is an attribute of the schema', () => {
  const known = new Set(schemaAttributes());
  expect(Object.keys(supportTable).filter((pattern) => !isObject(pattern) && !known.has(pattern))).toEqual(
    [],
  );
});

test('every attribute of an object has a row of its own', () => {
  const missing = schemaAttributes().filter((pattern) => {
    const depth = pattern.split('.').length;
    const inherits = pattern.startsWith('models.') || pattern.startsWith('include.');
    return depth <= 3 && !inherits && !Object.hasOwn(supportTable, pattern);
  });
  expect(missing).toEqual([]);
});

test('the schema knows no attribute twice in different ways', () => {
  const schema = JSON.parse(readFileSync(join(root, 'schemas', 'compose.schema.json'), 'utf8')) as {
    definitions: { service: { properties: Record<string, unknown> } };
  };
  const services = schemaAttributes().filter((pattern) => /^services\.\*\.[a-z_]+$/.test(pattern));
  expect(services.map((pattern) => pattern.split('.')[2])).toEqual(
    Object.keys(schema.definitions.service.properties).sort(),
  );
});

test('every fate but done has a reason', () => {
  expect(
    Object.entries(supportTable).filter(([, { fate, reason }]) => fate !== 'done' && reason === ''),
  ).toEqual([]);
});

test('the page in docs is the one that the table makes', async () => {
  await expect(supportPage()).toMatchFileSnapshot(join(root, 'docs', 'compose-support.md'));
});

test('an attribute without a row has the fate of the nearest one above it', () => {
  expect(supportFor(['services', 'web', 'gpus', 0, 'count']).fate).toBe('refused');
  expect(supportFor(['services', 'web', 'healthcheck', 'test', 0]).fate).toBe('done');
  expect(supportFor(['services', 'web', 'volumes', 0, 'consistency']).fate).toBe('warn');
  expect(supportFor(['x-mine', 'a']).fate).toBe('done');
});

test('a project is told what of it can not run, and what runs differently, each at its place', async () => {
  const { project } = await load(
    [
      'services:',
      '  web:',
      '    image: a',
      '    gpus: all',
      '    isolation: default',
      '    environment: {build: x, gpus: y}',
      '    volumes:',
      '      - {type: cluster, source: b, target: /b}',
      'networks:',
      '  default:',
      '    driver: overlay',
      '',
    ].join('\n'),
  );
  const { errors, warnings } = checkSupport(project);
  expect(errors.map(({ code, message, at }) => [code, message.split(' ')[0], at?.line, at?.column])).toEqual([
    ['COMPOSE_UNSUPPORTED', 'services.web.gpus', 4, 5],
    ['COMPOSE_UNSUPPORTED', 'services.web.volumes.0.type', 8, 16],
    ['COMPOSE_UNSUPPORTED', 'networks.default.driver', 11, 13],
  ]);
  expect(warnings.map(({ code, at }) => [code, at?.line])).toEqual([['COMPOSE_DIFFERENT', 5]]);
});

test('a key that Berth reads and that is misspelt is told; other x- keys are notes', async () => {
  const { project } = await load(
    [
      'x-berth: {bnd: 127.0.0.1, dns: healthy}',
      'x-mine: {a: 1}',
      'services:',
      '  web:',
      '    image: a',
      '    x-prob: {tcp: 80}',
      '    x-owner: me',
      '',
    ].join('\n'),
  );
  expect(checkSupport(project).warnings.map(({ text, at }) => `${String(at?.line)} ${text}`)).toEqual([
    '1 x-berth.bnd is not read by Berth: did you mean `bind`?',
    '6 services.web.x-prob is not read by Berth: did you mean `x-probe`?',
  ]);
});
