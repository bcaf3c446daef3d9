import { expect, test } from 'vitest';
import type { Project } from '../../src/model/compose.ts';
import { createOneOff, planForRun, type RunOptions } from '../../src/stack/run.ts';
import { carryOut, up } from '../../src/stack/up.ts';
import { shop } from '../plan/situation.ts';
import { FakeEngine } from './fake-engine.ts';

function stackOf(project: Project) {
  const engine = new FakeEngine();
  const { signal } = new AbortController();
  const context = { client: engine.client, project, emit: () => undefined, signal };
  return { engine, context };
}

const plain: RunOptions = { service: 'web', command: [], tty: false, stdin: false };

const project = shop({
  services: {
    web: {
      command: ['serve'],
      restart: 'always',
      container_name: 'the-web',
      environment: { A: '1' },
      ports: [{ target: 80, published: '8080' }],
      depends_on: { db: { condition: 'service_started', required: true } },
    },
    db: {},
    other: {},
  },
});

test('what a one-off depends on is brought up, and nothing else', async () => {
  const { engine, context } = stackOf(project);
  await carryOut(context, await planForRun(context, plain), undefined);
  expect([...engine.containers.values()].map(({ name }) => name)).toEqual(['shop-db-1']);
  expect([...engine.networks.keys()]).toEqual(['shop_default']);
});

test('replicas of the service are left alone by its one-off', async () => {
  const { context } = stackOf(project);
  await up(context, { services: [] });
  expect((await planForRun(context, plain)).operations).toEqual([]);
});

test('--no-deps makes networks only', async () => {
  const { context } = stackOf(project);
  const plan = await planForRun(context, { ...plain, noDeps: true });
  expect(plan.operations.map(({ detail }) => detail.kind)).toEqual(['create-network']);
});

test('a one-off has a name and labels of its own, no ports, no restarts and no names of the service', async () => {
  const { engine, context } = stackOf(project);
  const { name } = await createOneOff(context, { ...plain, command: ['echo', 'hi'], env: ['B=2'] });
  expect(name).toMatch(/^shop-web-run-[0-9a-f]{12}$/);
  const [made] = [...engine.containers.values()];
  expect(made?.body).toMatchObject({
    Cmd: ['echo', 'hi'],
    Env: ['A=1', 'B=2'],
    Labels: { 'com.docker.compose.oneoff': 'True', 'com.docker.compose.service': 'web' },
    HostConfig: { PortBindings: {}, RestartPolicy: { Name: 'no' } },
  });
  expect(made?.body.NetworkingConfig?.EndpointsConfig?.['shop_default']?.Aliases).toBeUndefined();
});

test('ports, volumes and the entrypoint of a one-off are those asked for', async () => {
  const { engine, context } = stackOf(project);
  await createOneOff(context, {
    ...plain,
    servicePorts: true,
    publish: ['127.0.0.1:9000:90'],
    volumes: ['/srv/data:/data:ro'],
    entrypoint: ['sh', '-c'],
  });
  const [made] = [...engine.containers.values()];
  expect(made?.body).toMatchObject({
    Entrypoint: ['sh', '-c'],
    HostConfig: {
      PortBindings: {
        '80/tcp': [{ HostIp: '', HostPort: '8080' }],
        '90/tcp': [{ HostIp: '127.0.0.1', HostPort: '9000' }],
      },
      Mounts: [{ Type: 'bind', Source: '/srv/data', Target: '/data', ReadOnly: true }],
    },
  });
  expect(made?.body.Cmd).toBeUndefined();
});

test('a volume that is none is refused', async () => {
  const { context } = stackOf(project);
  await expect(createOneOff(context, { ...plain, volumes: ['data:relative'] })).rejects.toThrow(
    'is not SOURCE:TARGET[:ro]',
  );
});
