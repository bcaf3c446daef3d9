import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadProject } from '../../src/compose/index.ts';
import type { ServiceModel } from '../../src/model/compose.ts';
import { inProject, load } from './project.ts';
import type { Files } from './project.ts';

async function web(files: Files | string, options: Parameters<typeof load>[1] = {}): Promise<ServiceModel> {
  const { project } = await load(files, options);
  return project.model.services['web'] ?? {};
}

const two = (a: string, b: string): [Files, { files: string[] }] => [
  { 'a.yaml': `services:\n  web:\n    image: a\n${a}`, 'b.yaml': `services:\n  web:\n${b}` },
  { files: ['a.yaml', 'b.yaml'] },
];

test('later files replace texts, extend maps, and append to lists', async () => {
  const service = await web(
    ...two(
      '    hostname: a\n    environment: {A: 1, B: 1}\n    dns: 1.1.1.1\n    ports: ["80:80"]\n',
      '    hostname: b\n    environment: [B=2, C=3]\n    dns: [2.2.2.2, 1.1.1.1]\n    ports: ["81:81"]\n',
    ),
  );
  expect(service).toMatchObject({
    hostname: 'b',
    environment: { A: '1', B: '2', C: '3' },
    dns: ['1.1.1.1', '2.2.2.2'],
  });
  expect(service.ports?.map(({ target }) => target)).toEqual([80, 81]);
});

test('command, entrypoint and the probe are replaced as a whole', async () => {
  const service = await web(
    ...two(
      '    command: [a, b]\n    entrypoint: a\n    healthcheck: {test: [CMD, a], retries: 2}\n',
      '    command: c\n    entrypoint: [d]\n    healthcheck: {test: e}\n',
    ),
  );
  expect(service).toMatchObject({
    command: ['c'],
    entrypoint: ['d'],
    healthcheck: { test: ['CMD-SHELL', 'e'], retries: 2 },
  });
});

test('a mount, port or grant of the same place takes the place of the earlier one', async () => {
  const service = await web(
    ...two(
      '    volumes: ["./a:/x", "./b:/y"]\n    ports: ["80:80", "81:81"]\n',
      '    volumes: ["./c:/x:ro"]\n    ports: [{target: 80, published: "80", name: web}]\n',
    ),
  );
  expect(service.volumes?.map(({ target, read_only: readOnly }) => [target, readOnly])).toEqual([
    ['/x', true],
    ['/y', undefined],
  ]);
  expect(service.ports?.map(({ target, name }) => [target, name])).toEqual([
    [80, 'web'],
    [81, undefined],
  ]);
});

test('a null says nothing, !reset removes, !override replaces', async () => {
  const service = await web(
    ...two(
      '    hostname: a\n    user: u\n    ports: ["80:80"]\n    environment: {A: 1}\n',
      '    hostname: null\n    user: !reset\n    ports: !override ["81:81"]\n    environment: !reset null\n',
    ),
  );
  expect(service.hostname).toBe('a');
  expect(service).not.toHaveProperty('user');
  expect(service).not.toHaveProperty('environment');
  expect(service.ports?.map(({ target }) => target)).toEqual([81]);
});

test('!reset behind an anchor works at every alias', async () => {
  const { project } = await load(
    {
      'a.yaml': 'services:\n  x: {image: a, user: u}\n  y: {image: a, user: u}\n',
      'b.yaml': 'x-none: &none !reset null\nservices:\n  x: {user: *none}\n  y: {user: *none}\n',
    },
    { files: ['a.yaml', 'b.yaml'] },
  );
  expect(Object.values(project.model.services).map((service) => service.user)).toEqual([
    undefined,
    undefined,
  ]);
});

test('a service stands on its base, whose paths start at the file of the base', async () => {
  await inProject(
    {
      'compose.yaml':
        'services:\n  web:\n    extends: {file: sub/base.yaml, service: base}\n    environment: {B: 2}\n',
      'sub/base.yaml':
        'services:\n  base:\n    extends: root\n    volumes: ["./data:/data"]\n    env_file: base.env\n  root:\n    image: a\n    environment: {A: 1, B: 1}\n',
      'sub/base.env': 'C=3\n',
    },
    async (cwd) => {
      const { project } = await loadProject({ cwd, environment: {} });
      expect(project.model.services['web']).toMatchObject({
        image: 'a',
        environment: { A: '1', B: '2', C: '3' },
        volumes: [{ source: join(cwd, 'sub', 'data') }],
      });
      expect(project.at(['services', 'web', 'image'])).toMatchObject({
        file: join(cwd, 'sub', 'base.yaml'),
        line: 7,
      });
    },
  );
});

test('an include is a project of its own: own folder, own .env, and local definitions win', async () => {
  await inProject(
    {
      'compose.yaml': 'include: [sub/inner.yaml]\nservices:\n  web:\n    hostname: local\n',
      '.env': 'TAG=outer\n',
      'sub/inner.yaml':
        'services:\n  web:\n    image: "a:${TAG}-${INNER}"\n    hostname: inner\n    volumes: ["./d:/d"]\n',
      'sub/.env': 'TAG=inner\nINNER=yes\n',
    },
    async (cwd) => {
      const { project } = await loadProject({ cwd, environment: {} });
      expect(project.model.services['web']).toMatchObject({
        image: 'a:outer-yes',
        hostname: 'local',
        volumes: [{ source: join(cwd, 'sub', 'd') }],
      });
    },
  );
});

test('the shell wins over .env, and --env-file takes its place', async () => {
  const files = {
    'compose.yaml': 'services:\n  web: {image: "$A$B"}\n',
    '.env': 'A=1\nB=1\n',
    'x.env': 'B=2\n',
    'y.env': 'B=3\n',
  };
  expect((await web(files, { environment: { A: 's' } })).image).toBe('s1');
  expect((await web(files, { environment: { A: 's' }, envFiles: ['x.env', 'y.env'] })).image).toBe('s3');
  expect((await web(files, { environment: { A: 's', COMPOSE_ENV_FILES: 'x.env' } })).image).toBe('s2');
  const { project } = await load(files, { environment: { A: 's', COMPOSE_DISABLE_ENV_FILE: '1' } });
  expect(project.environment['B']).toBeUndefined();
});

test('the environment of a service: its own, over the last env file, over the first', async () => {
  const service = await web(
    {
      'compose.yaml':
        'services:\n  web:\n    image: a\n    env_file: [a.env, {path: b.env, format: raw}, {path: no.env, required: false}]\n    environment: [A=own, HOST, MISSING]\n',
      'a.env': 'A=a\nB=a\nC=${HOST}-${B}\n',
      'b.env': 'B="b"\n',
    },
    { environment: { HOST: 'h' } },
  );
  expect(service.environment).toEqual({ A: 'own', B: '"b"', C: 'h-a', HOST: 'h', MISSING: null });
  expect(service).not.toHaveProperty('env_file');
});

test('files are found in folders above, with their override, and both .env files count', async () => {
  await inProject(
    {
      'compose.yaml': 'services:\n  web: {image: "$A$B"}\n',
      'compose.override.yml': 'services:\n  web: {hostname: o}\n',
      '.env': 'A=up\nB=up\n',
      'deep/er/.env': 'A=here\n',
    },
    async (folder) => {
      const { project } = await loadProject({ cwd: join(folder, 'deep', 'er'), environment: {} });
      expect(project.name).toBe('proj');
      expect(project.workingDir).toBe(folder);
      expect(project.model.services['web']).toMatchObject({ image: 'hereup', hostname: 'o' });
    },
  );
});

test('COMPOSE_FILE names the files, and - is the standard input', async () => {
  const files = { 'a.yaml': 'services:\n  web: {image: a}\n', 'b.yaml': 'services:\n  web: {hostname: b}\n' };
  expect(await web(files, { environment: { COMPOSE_FILE: 'a.yaml:b.yaml' } })).toMatchObject({
    image: 'a',
    hostname: 'b',
  });
  expect(
    await web(files, { environment: { COMPOSE_FILE: 'a.yaml,b.yaml', COMPOSE_PATH_SEPARATOR: ',' } }),
  ).toMatchObject({ hostname: 'b' });
  const stdin = (): Promise<string> => Promise.resolve('services:\n  web: {image: piped}\n');
  expect(await web(files, { files: ['-'], stdin })).toMatchObject({ image: 'piped' });
});

test.each<[string, Parameters<typeof load>[1], string]>([
  ['services: {}\n', {}, 'proj'],
  ['name: Written_Name\nservices: {}\n', {}, 'written_name'],
  ['name: ${X:-y}\nservices: {}\n', {}, 'y'],
  ['name: a\nservices: {}\n', { environment: { COMPOSE_PROJECT_NAME: 'b' } }, 'b'],
  ['name: a\nservices: {}\n', { environment: { COMPOSE_PROJECT_NAME: 'b' }, projectName: 'c' }, 'c'],
])('the name of %j with %j is %s', async (yaml, options, name) => {
  const { project } = await load(yaml, options);
  expect(project.name).toBe(name);
  expect(project.environment['COMPOSE_PROJECT_NAME']).toBe(name);
});

const profiled =
  'services:\n  web: {image: a}\n  db: {image: a, profiles: [data]}\n  dev: {image: a, profiles: [dev], depends_on: [web]}\n';

test.each<[Parameters<typeof load>[1], string[]]>([
  [{}, ['web']],
  [{ profiles: ['data'] }, ['web', 'db']],
  [{ profiles: ['*'] }, ['web', 'db', 'dev']],
  [{ environment: { COMPOSE_PROFILES: 'data,dev' } }, ['web', 'db', 'dev']],
  [{ services: ['dev'] }, ['web', 'dev']],
  [{ services: ['web'] }, ['web']],
])('profiles and selection %j leave %j', async (options, names) => {
  const { project } = await load(profiled, options);
  expect(Object.keys(project.model.services)).toEqual(names);
});

test('what uses a part of another service depends on it', async () => {
  const service = await web(
    'services:\n  web: {image: a, network_mode: "service:a", links: ["b:x"], volumes_from: [c], pid: "service:a"}\n  a: {image: a}\n  b: {image: a}\n  c: {image: a}\n',
  );
  expect(service.depends_on).toEqual({
    a: { condition: 'service_started', restart: true, required: true },
    b: { condition: 'service_started', restart: true, required: true },
    c: { condition: 'service_started', required: true },
  });
  expect(service.networks).toBeUndefined();
});

test('networks keep the order in which the file names them', async () => {
  const service = await web(
    'services:\n  web: {image: a, networks: [z, a, m]}\nnetworks: {a: {}, m: {}, z: {}}\n',
  );
  expect(Object.keys(service.networks ?? {})).toEqual(['z', 'a', 'm']);
});

test('several documents of a file are merged in order', async () => {
  expect(
    await web('services:\n  web: {image: a, hostname: a}\n---\nservices:\n  web: {hostname: b}\n'),
  ).toMatchObject({ image: 'a', hostname: 'b' });
});

test('warnings tell of unset variables, old versions, unknown tags and several files', async () => {
  const { warnings } = await load({
    'compose.yaml': 'version: "3"\nservices:\n  web: {image: !odd "a$X", tty: "yes"}\n',
    'docker-compose.yml': '',
  });
  expect(warnings.map(({ code }) => code).sort()).toEqual([
    'COMPOSE_BOOLEAN_OBSOLETE',
    'COMPOSE_SEVERAL_FILES',
    'COMPOSE_TAG_UNKNOWN',
    'COMPOSE_VARIABLE_UNSET',
    'COMPOSE_VERSION_OBSOLETE',
  ]);
});
