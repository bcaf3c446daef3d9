import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadProject } from '../../src/compose/index.ts';
import { writeFiles } from './project.ts';

const folder = mkdtempSync(join(tmpdir(), 'berth-load-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('a file becomes a project in canonical form, and each value knows its place', async () => {
  writeFiles(folder, {
    'compose.yaml':
      'services:\n  web:\n    image: nginx\n    ports:\n      - "8080:80"\n    environment:\n      - A=1\n',
  });
  const { project, warnings } = await loadProject({ cwd: folder, environment: {}, projectName: 'shop' });
  expect(warnings).toEqual([]);
  expect(project.model.services['web']).toEqual({
    image: 'nginx',
    environment: { A: '1' },
    ports: [{ mode: 'ingress', target: 80, published: '8080', protocol: 'tcp' }],
    networks: { default: null },
  });
  expect(project.model.networks).toEqual({ default: { name: 'shop_default' } });
  expect(project.at(['services', 'web', 'ports', 0, 'target'])).toMatchObject({ line: 5, column: 9 });
  expect(project.at(['services', 'web'])).toMatchObject({
    file: join(folder, 'compose.yaml'),
    line: 2,
    column: 3,
  });
});
