import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { repository } from '../helpers/host.ts';
import { scenes } from '../parity/scenes.ts';
import { addresses } from './addresses.ts';
import { elsewhere } from './elsewhere.ts';
import { names } from './names.ts';
import { promises } from './promises.ts';
import { traffic } from './traffic.ts';

const conformance = [...names, ...traffic, ...addresses];

const behaviours = scenes.flatMap((scene) => scene.behaviours.map(({ id }) => `parity: ${id}`));

function exists(test: string): boolean {
  if (test.startsWith('parity: ')) return behaviours.includes(test);
  const [file = ''] = test.split(': ');
  const text = readFileSync(`${repository}/${file}`, 'utf8');
  return text.includes(test.slice(file.length + 2));
}

it.each(conformance)('$docker has tests of ours, which are there', ({ ours }) => {
  expect(ours.length).toBeGreaterThan(0);
  expect(ours.filter((test) => !exists(test))).toEqual([]);
});

it('no test of Docker stands twice, or both here and among those that do not apply', () => {
  const all = [...conformance, ...elsewhere].map(({ docker }) => docker);
  expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
});

it.each(promises)('$is: tests of ours are there', ({ ours }) => {
  expect(ours.length).toBeGreaterThan(0);
  expect(ours.filter((test) => !exists(test))).toEqual([]);
});
