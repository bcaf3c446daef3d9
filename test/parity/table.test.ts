import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { repository } from '../helpers/host.ts';
import { anchorsOf } from './differences.ts';
import { scenes } from './scenes.ts';

const behaviours = scenes.flatMap((scene) => scene.behaviours);

it('the table has more than 200 behaviours, each with an id of its own', () => {
  expect(behaviours.length).toBeGreaterThan(200);
  expect(new Set(behaviours.map(({ id }) => id)).size).toBe(behaviours.length);
});

it('every difference that the table knows stands in docs/differences.md', () => {
  const anchors = anchorsOf(readFileSync(`${repository}/docs/differences.md`, 'utf8'));
  const named = behaviours.flatMap(({ difference }) => difference ?? []);
  expect(named.filter((anchor) => !anchors.includes(anchor))).toEqual([]);
});
