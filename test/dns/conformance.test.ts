import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { repository } from '../helpers/host.ts';
import { scenes } from '../parity/scenes.ts';
import { conformance } from './conformance.ts';

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
