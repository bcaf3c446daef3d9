import { expect, test } from 'vitest';
import { load } from './project.ts';

test('a nought that means something is no attribute left out', async () => {
  const { project } = await load(
    [
      'services:',
      '  web:',
      '    image: a',
      "    user: '0'",
      "    cpuset: '0'",
      '    mem_swappiness: 0',
      '    ulimits: {core: {soft: 0, hard: 0}}',
      "    secrets: [{source: s, uid: '0', gid: '0'}]",
      'secrets: {s: {file: ./s}}',
      '',
    ].join('\n'),
  );
  expect(project.model.services['web']).toMatchObject({
    user: '0',
    cpuset: '0',
    ulimits: { core: { soft: 0, hard: 0 } },
    secrets: [{ uid: '0', gid: '0' }],
  });
  expect(Number(project.model.services['web']?.['mem_swappiness'])).toBe(0);
});
