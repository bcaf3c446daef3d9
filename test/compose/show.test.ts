import { expect, test } from 'vitest';
import { explain } from '../../src/compose/show/explain.ts';
import { renderGraph } from '../../src/compose/show/graph.ts';
import { renderJson } from '../../src/compose/show/json.ts';
import { shownModel } from '../../src/compose/show/shown-model.ts';
import { modelVariables, variableTable } from '../../src/compose/show/variables.ts';
import { renderYaml } from '../../src/compose/show/yaml.ts';
import type { LoadResult } from '../../src/compose/index.ts';
import { load } from './project.ts';

const yamlOf = ({ loaded }: LoadResult): string => renderYaml(shownModel(loaded.model, { escape: true }));
const jsonOf = ({ loaded }: LoadResult): string => renderJson(shownModel(loaded.model, { escape: true }));

test('a project is printed in the order of Docker Compose, with long forms only', async () => {
  const printed = yamlOf(
    await load(
      {
        'compose.yaml':
          'services:\n  b: {image: a, ports: ["80:80"], depends_on: [a], environment: {Z: 1, A: "$$x"}}\n  a:\n    image: a\n    command: [a, "b c", "", "1", "yes"]\nx-note: {k: v}\n',
      },
      { projectName: 'p' },
    ),
  );
  expect(printed).toBe(`name: p
services:
  a:
    command:
      - a
      - b c
      - ""
      - "1"
      - "yes"
    image: a
    networks:
      default: null
  b:
    depends_on:
      a:
        condition: service_started
        required: true
    environment:
      A: $$x
      Z: "1"
    image: a
    networks:
      default: null
    ports:
      - mode: ingress
        target: 80
        published: "80"
        protocol: tcp
networks:
  default:
    name: p_default
x-note:
  k: v
`);
});

test('JSON has nulls and empty objects where Docker Compose prints them', async () => {
  const printed = JSON.parse(
    jsonOf(await load('services:\n  a: {image: a, deploy: {replicas: 1}, x-b: 1}\n', { projectName: 'p' })),
  ) as unknown;
  expect(printed).toEqual({
    name: 'p',
    services: {
      a: {
        command: null,
        deploy: { replicas: 1, resources: {}, placement: {} },
        entrypoint: null,
        image: 'a',
        networks: { default: null },
      },
    },
    networks: { default: { name: 'p_default', ipam: {} } },
  });
});

test('texts of every kind are printed so that they are read back', async () => {
  const texts = [
    '',
    ' ',
    'a\nb',
    'a\n\n',
    '\na',
    ' a\nb',
    'a: b',
    '- a',
    '#a',
    'a #b',
    '1',
    '0440',
    '1_0',
    '1e3',
    'yes',
    'null',
    '~',
    '<<',
    '12:30',
    '2001-01-01',
    '"',
    "'",
    '\\',
    '\t',
    '\u0085',
    '\u2028',
    '😀',
    '{a}',
    '[a',
    '*a',
    '&a',
    '!a',
    '%a',
    '@a',
    '`a',
    '|',
    '>',
    '=',
    'a:',
    ':a',
    '?',
    '0x1f',
    '.inf',
    '+1',
    'a\tb\nc',
  ];
  const labels = Object.fromEntries(texts.map((text, index) => [`l${String(index)}`, text]));
  const yaml = `services:\n  a:\n    image: a\n    labels: ${JSON.stringify(labels)}\n`;
  const first = await load(yaml);
  const again = await load(yamlOf(first));
  expect(again.project.model.services['a']?.labels).toEqual(labels);
});

test('a value is explained with its place, what it overrode, and the variables and files that took part', async () => {
  const { loaded } = await load(
    {
      'a.yaml':
        'services:\n  web:\n    image: "a:${TAG:-1}"\n    environment: {A: "$A"}\n    env_file: e.env\n',
      'b.yaml': 'services:\n  web:\n    environment: {A: "2"}\n',
      'e.env': '# c\nB=1\nA=0\n',
      '.env': 'A=1\n',
    },
    { files: ['a.yaml', 'b.yaml'] },
  );
  const base = loaded.workingDir;
  const told = (path: string): string => {
    const found = explain(loaded.model, path, base);
    return found.found ? found.text : JSON.stringify(found);
  };
  expect(told('services.web.environment.A')).toBe(
    'services.web.environment.A = "2"\n' +
      '  from b.yaml:3:22\n' +
      '  over "1"  from a.yaml:4:22\n' +
      '    variable A = "1"  from .env:1\n' +
      '  over "0"  from e.env:3, named at a.yaml:5:15\n',
  );
  expect(told('services.web.environment.B')).toBe(
    'services.web.environment.B = "1"\n  from e.env:2, named at a.yaml:5:15\n',
  );
  expect(told('services.web.image')).toContain('variable TAG is not set: the default was taken');
  expect(told('services.wbe')).toBe('{"found":false,"parent":"services","suggestion":"web"}');
});

test('the graph shows services, networks, ports and what waits for what', async () => {
  const { project } = await load(
    'services:\n  web: {image: a, ports: ["127.0.0.1:80:8080"], depends_on: {db: {condition: service_healthy}}, networks: [front-net]}\n  db: {image: "p\\"g", network_mode: none}\nnetworks:\n  front-net: {internal: true}\n',
    { projectName: 'p' },
  );
  expect(renderGraph(project.model, 'mermaid')).toBe(
    [
      'flowchart LR',
      '  s_web["web<br/>a"]',
      '  s_db["db<br/>p#quot;g<br/>network: none"]',
      '  n_front_2dnet(["front-net (internal)"])',
      '  p_127_2e0_2e0_2e1_3a80_2ftcp>"127.0.0.1:80/tcp"]',
      '  p_127_2e0_2e0_2e1_3a80_2ftcp ==>|"8080"| s_web',
      '  s_web -->|"healthy"| s_db',
      '  s_web --- n_front_2dnet',
      '',
    ].join('\n'),
  );
  expect(renderGraph(project.model, 'dot')).toContain('  s_web -> s_db [label="healthy"];\n');
});

test('variables are listed with their defaults, those of replaced values too', async () => {
  const { loaded } = await load(
    {
      'a.yaml': 'services:\n  web: {image: "a:${TAG:-1}", user: "${U:?who}"}\n',
      'b.yaml': 'services:\n  web: {image: "b:$OTHER"}\n',
    },
    { files: ['a.yaml', 'b.yaml'], interpolate: false },
  );
  expect(variableTable(modelVariables(loaded.everything))).toBe(
    'NAME    REQUIRED   DEFAULT VALUE   ALTERNATE VALUE\nOTHER   false\nTAG     false      1\nU       true\n',
  );
});

test('without interpolation and paths the text stays as it is written', async () => {
  const result = await load(
    'services:\n  web: {image: "a:${TAG:-1}", ports: ["${P}:80"], volumes: ["./a:/b"], scale: "$N"}\n',
    {
      interpolate: false,
      resolvePaths: false,
    },
  );
  expect(result.project.model.services['web']).toMatchObject({
    image: 'a:${TAG:-1}',
    ports: ['${P}:80'],
    scale: '$N',
    volumes: [{ source: './a', target: '/b' }],
  });
});

test('a project that does not fit together can be looked at without the check', async () => {
  const { project } = await load('services:\n  web: {networks: [nowhere]}\n', { consistency: false });
  expect(project.model.services['web']).toEqual({ networks: { nowhere: null } });
});

test('env files are left alone when asked', async () => {
  const { project } = await load('services:\n  web: {image: a, env_file: no.env, environment: [A]}\n', {
    resolveEnvironment: false,
    environment: { A: '1' },
  });
  expect(project.model.services['web']).toMatchObject({
    environment: { A: null },
    env_file: [{ required: true }],
  });
});

test('without normalisation there is no default network and no name on the host', async () => {
  const { project } = await load('services:\n  web: {image: a, networks: [n]}\nnetworks: {n: }\n', {
    normalize: false,
  });
  expect(project.model.networks).toEqual({ n: {} });
});
