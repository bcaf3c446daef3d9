import { expect, test } from 'vitest';
import type { DependencyModel, Project } from '../../src/model/compose.ts';
import { BerthError, EngineError, ServiceError } from '../../src/model/errors.ts';
import type { ProgressEvent } from '../../src/model/progress.ts';
import { down } from '../../src/stack/down.ts';
import { up, type UpOptions } from '../../src/stack/up.ts';
import { shop } from '../plan/situation.ts';
import { FakeEngine } from './fake-engine.ts';

const healthy: DependencyModel = { condition: 'service_healthy', required: true };
const completed: DependencyModel = { condition: 'service_completed_successfully', required: true };

class Run {
  readonly engine = new FakeEngine();
  readonly events: ProgressEvent[] = [];
  readonly controller = new AbortController();
  readonly project: Project;

  constructor(project: Project) {
    this.project = project;
  }

  get context() {
    return {
      client: this.engine.client,
      project: this.project,
      projectName: this.project.name,
      emit: (event: ProgressEvent) => void this.events.push(event),
      signal: this.controller.signal,
    };
  }

  async up(options: Partial<UpOptions> = {}): Promise<void> {
    await up(this.context, { services: [], ...options });
  }

  async down(volumes = false): Promise<void> {
    await down(this.context, { services: [], volumes });
  }

  async failure(options: Partial<UpOptions> = {}): Promise<BerthError> {
    try {
      await this.up(options);
    } catch (error) {
      if (error instanceof BerthError) return error;
      throw error;
    }
    throw new Error('it did not fail');
  }

  notes(): string[] {
    return this.events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
  }
}

test('up and down leave nothing', async () => {
  const volumes = [{ type: 'volume', source: 'data', target: '/data' }] as const;
  const run = new Run(shop({ services: { web: {}, db: { volumes } }, volumes: { data: {} } }));
  await run.up();
  expect([...run.engine.containers.values()].map(({ name, status }) => `${name} ${status}`).sort()).toEqual([
    'shop-db-1 running',
    'shop-web-1 running',
  ]);
  await run.down(true);
  expect(run.engine.containers.size + run.engine.networks.size + run.engine.volumes.size).toBe(0);
});

test('a second up asks nothing of the engine but to look', async () => {
  const run = new Run(shop({ services: { web: {} } }));
  await run.up();
  run.engine.calls.length = 0;
  await run.up();
  expect(run.engine.calls).toEqual([]);
});

test('a dependent starts when its dependency has become healthy', async () => {
  const run = new Run(shop({ services: { web: { depends_on: { db: healthy } }, db: {} } }));
  run.engine.behaviours['db'] = { health: 'healthy' };
  await run.up();
  expect(run.engine.calls.at(-1)).toBe('start shop-web-1');
  expect(run.events).toContainEqual(
    expect.objectContaining({ status: 'waiting', text: 'waiting for db: healthy' }),
  );
});

test('an unhealthy service is left running, with probe and log in the error, and its dependents are not started', async () => {
  const run = new Run(shop({ services: { web: { depends_on: { db: healthy } }, db: {} } }));
  run.engine.behaviours['db'] = {
    health: 'unhealthy',
    log: ['2026-11-21T12:00:00.000000000Z FATAL: no role'],
  };
  const error = await run.failure();
  expect(error).toBeInstanceOf(ServiceError);
  expect(error).toMatchObject({ code: 'SERVICE_UNHEALTHY', exitCode: 4, logTail: ['FATAL: no role'] });
  expect(error.notes.join('\n')).toContain('exit 2, 5 failed in a row   "no response"');
  expect(error.notes).toContain('web was not started');
  expect(run.engine.calls).not.toContain('start shop-web-1');
  expect([...run.engine.containers.values()].find(({ name }) => name === 'shop-db-1')?.status).toBe(
    'running',
  );
});

test('a dependency that exits while it is waited for is an error with its exit code', async () => {
  const run = new Run(shop({ services: { web: { depends_on: { db: healthy } }, db: {} } }));
  run.engine.behaviours['db'] = { exitCode: 3, health: 'healthy' };
  expect(await run.failure()).toMatchObject({
    code: 'SERVICE_EXITED',
    message: 'dependency failed to start: container shop-db-1 exited (3)',
  });
});

test('a dependency without a health check can not become healthy', async () => {
  const run = new Run(shop({ services: { web: { depends_on: { db: healthy } }, db: {} } }));
  expect((await run.failure()).code).toBe('HEALTHCHECK_MISSING');
});

test('a one-shot that fails stops its dependents', async () => {
  const run = new Run(shop({ services: { web: { depends_on: { migrate: completed } }, migrate: {} } }));
  run.engine.behaviours['migrate'] = { exitCode: 1 };
  const error = await run.failure();
  expect(error).toMatchObject({ code: 'SERVICE_NOT_COMPLETED' });
  expect(error.message).toBe(
    'dependency failed to start: service "migrate" didn\'t complete successfully: exit 1',
  );
});

test('a dependency that is not required may fail', async () => {
  const depends_on = { cache: { ...healthy, required: false } };
  const run = new Run(shop({ services: { web: { depends_on }, cache: {} } }));
  run.engine.behaviours['cache'] = { exitCode: 1 };
  await run.up();
  expect(run.engine.calls).toContain('start shop-web-1');
});

test('when the machine refuses, what this run made is taken away, and the error says who wanted it', async () => {
  const run = new Run(shop({ services: { web: {}, db: {} } }));
  const startError = new EngineError(500, 'PORT_TAKEN', 'port 8080 is taken', {
    hint: 'Free one nearby: 8081.',
  });
  run.engine.behaviours['web'] = { startError };
  const error = await run.failure();
  expect(error).toMatchObject({ code: 'PORT_TAKEN', exitCode: 3, hint: 'Free one nearby: 8081.' });
  expect(error.notes).toEqual(['wanted by: service web, compose.yaml:3:1']);
  expect(run.engine.containers.size + run.engine.networks.size).toBe(0);
  expect(run.notes().join()).toContain('taken away again');
});

test('what was there before a failed run stays', async () => {
  const run = new Run(shop({ services: { web: {}, db: {} } }));
  await run.up({ services: ['db'] });
  run.engine.behaviours['web'] = { startError: new EngineError(500, 'PORT_TAKEN', 'port 8080 is taken') };
  await run.failure();
  expect([...run.engine.containers.values()].map(({ name }) => name)).toEqual(['shop-db-1']);
  expect([...run.engine.networks.keys()]).toEqual(['shop_default']);
});

test('a missing image is fetched first, and the container knows what it was made of', async () => {
  const run = new Run(shop({ services: { web: { image: 'nginx' } } }));
  await run.up();
  const made = run.engine.calls.filter((call) => !call.startsWith('create network'));
  expect(made.slice(0, 2)).toEqual(['pull nginx:latest', 'create shop-web-1']);
  const [container] = run.engine.containers.values();
  expect(container?.body.Labels).toMatchObject({ 'com.docker.compose.image': 'sha256:nginx' });
  expect(run.events).toContainEqual(expect.objectContaining({ type: 'transfer', currentBytes: 5 }));
});

test('an image that cannot be fetched keeps its service from being made', async () => {
  const run = new Run(shop({ services: { web: { image: 'missing' } } }));
  const error = await run.failure();
  expect(error.message).toContain('manifest for missing:latest not found');
  expect(run.engine.containers.size).toBe(0);
});

test('a missing image that may not be fetched is refused before anything is made', async () => {
  const run = new Run(shop({ services: { web: { image: 'nginx', pull_policy: 'never' } } }));
  expect((await run.failure()).code).toBe('IMAGE_MISSING');
  expect(run.engine.calls).toEqual([]);
});

test('--wait takes a one-shot that is done for ready', async () => {
  const run = new Run(shop({ services: { job: {} } }));
  run.engine.behaviours['job'] = { exitCode: 0 };
  await run.up({ wait: true });
  expect(run.events).toContainEqual(
    expect.objectContaining({ kind: 'wait-container', text: 'done, exit 0' }),
  );
});

test('--wait ends with an error when a service dies', async () => {
  const run = new Run(shop({ services: { web: {} } }));
  run.engine.behaviours['web'] = { exitCode: 1 };
  expect((await run.failure({ wait: true })).code).toBe('SERVICE_EXITED');
});

test('--wait-timeout ends a wait that takes too long', async () => {
  const run = new Run(shop({ services: { web: { healthcheck: { test: ['CMD', 'true'] } } } }));
  run.engine.behaviours['web'] = {};
  const stuck = new FakeEngine();
  Object.assign(run, { engine: stuck });
  const client = stuck.client;
  const context = {
    ...run.context,
    client: { ...client, getContainer: neverHealthy((name) => client.getContainer(name)) },
  };
  await expect(up(context, { services: [], wait: true, waitTimeoutSeconds: 0.05 })).rejects.toMatchObject({
    code: 'WAIT_TIMEOUT',
    exitCode: 4,
  });
});

test('an interrupted up starts nothing more', async () => {
  const run = new Run(shop({ services: { web: { depends_on: { db: healthy } }, db: {} } }));
  run.engine.behaviours['db'] = { health: 'healthy' };
  const emit = (event: ProgressEvent) => {
    if (event.type === 'operation' && event.kind === 'wait-container')
      run.controller.abort(new Error('stop'));
  };
  await expect(up({ ...run.context, emit }, { services: [] })).rejects.toThrow('stop');
  expect(run.engine.calls).not.toContain('start shop-web-1');
});

test('down goes on after a failure and tells it at the end', async () => {
  const run = new Run(shop({ services: { web: {}, db: {} } }));
  await run.up();
  const client = run.engine.client;
  const getContainer: typeof client.getContainer = (name) => {
    const handle = client.getContainer(name);
    const refuse = async () => {
      throw new EngineError(500, 'STOP_FAILED', 'it would not stop');
    };
    return name === 'shop-web-1' ? { ...handle, stop: refuse } : handle;
  };
  const broken = { ...run.context, client: { ...client, getContainer } };
  await expect(down(broken, { services: [] })).rejects.toMatchObject({
    code: 'TEARDOWN_INCOMPLETE',
    exitCode: 5,
    others: [expect.objectContaining({ code: 'STOP_FAILED' })],
  });
  expect([...run.engine.containers.values()].map(({ name }) => name)).toEqual(['shop-web-1']);
});

test('down where nothing is says so and is no error', async () => {
  const run = new Run(shop({ services: { web: {} } }));
  await run.down();
  expect(run.notes()[0]).toContain('nothing to take down');
});

function neverHealthy(
  getContainer: FakeEngine['client']['getContainer'],
): FakeEngine['client']['getContainer'] {
  return (name) => {
    const handle = getContainer(name);
    const inspect = async () => {
      const info = await handle.inspect();
      return { ...info, State: { ...info.State, Health: { Status: 'starting', FailingStreak: 0, Log: [] } } };
    };
    return { ...handle, inspect };
  };
}
