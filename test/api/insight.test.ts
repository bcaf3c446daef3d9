import { expect, test } from 'vitest';
import type { UsageSample } from '../../src/engine/engine-api.ts';
import { call } from './http.ts';
import { runningContainer } from './records.ts';
import { serveFake } from './serve-fake.ts';

function sample(second: number): UsageSample {
  const traffic = { bytes: 10, packets: 1, errors: 0, dropped: 0 };
  return {
    takenAt: `2026-01-01T00:00:0${String(second)}Z`,
    machine: { cpuNs: second * 2e9, processors: 2 },
    usage: {
      cpu: { totalNs: second * 1e9, userNs: 0, systemNs: 0, periods: 0, throttledPeriods: 0, throttledNs: 0 },
      memory: { bytes: 4096, limitBytes: 8192, figures: { inactive_file: 96 } },
      pids: { current: 3, limit: Infinity },
      disks: [{ major: 8, minor: 0, operation: 'read', bytes: 5 }],
      interfaces: [{ name: 'eth0', received: traffic, sent: { ...traffic, bytes: 20 } }],
    },
  };
}

test('stats without a stream wait for the second sample, one-shot does not', async () => {
  const { socketPath, engine } = await serveFake();
  engine.containers.push(runningContainer('web'));
  engine.samples = [sample(1), sample(2)];
  expect((await call(socketPath, 'GET /containers/web/stats?stream=0')).json).toMatchObject({
    read: '2026-01-01T00:00:02Z',
    preread: '2026-01-01T00:00:01Z',
    name: '/web',
    cpu_stats: { cpu_usage: { total_usage: 2e9 }, system_cpu_usage: 4e9, online_cpus: 2 },
    precpu_stats: { cpu_usage: { total_usage: 1e9 }, system_cpu_usage: 2e9 },
    memory_stats: { usage: 4096, limit: 8192, stats: { inactive_file: 96 } },
    pids_stats: { current: 3 },
    blkio_stats: { io_service_bytes_recursive: [{ major: 8, minor: 0, op: 'read', value: 5 }] },
    networks: { eth0: { rx_bytes: 10, tx_bytes: 20 } },
  });
  expect((await call(socketPath, 'GET /containers/web/stats?stream=0&one-shot=1')).json).toMatchObject({
    preread: '0001-01-01T00:00:00Z',
  });
});

test('a stream of stats is one JSON value a line, empty while the container does not run', async () => {
  const { socketPath, engine } = await serveFake();
  engine.containers.push(runningContainer('web'));
  engine.samples = [sample(1), { ...sample(2), usage: undefined }];
  const { text } = await call(socketPath, 'GET /containers/web/stats');
  const values = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(values).toHaveLength(2);
  expect(values[1]).toMatchObject({ read: '0001-01-01T00:00:00Z', memory_stats: {}, pids_stats: {} });
});

test('top passes the arguments of ps on', async () => {
  const { socketPath } = await serveFake();
  expect((await call(socketPath, 'GET /containers/web/top?ps_args=-o%20pid,cmd')).json).toEqual({
    Titles: ['PID', 'CMD'],
    Processes: [['1', '-o pid,cmd']],
  });
});

test('update takes limits and a restart policy, and refuses what is impossible', async () => {
  const { socketPath, engine } = await serveFake();
  engine.containers.push(runningContainer('web'));
  const body = { Memory: 64 << 20, RestartPolicy: { Name: 'always' } };
  expect(await call(socketPath, 'POST /containers/web/update', body)).toMatchObject({
    json: { Warnings: [] },
  });
  const policy = { name: 'always', maximumRetryCount: 0 };
  const change = { resources: { memory: 64 << 20 }, restartPolicy: policy };
  expect(engine.calls).toContain(`update web ${JSON.stringify(change)}`);
  expect((await call(socketPath, 'POST /containers/web/update', { Memory: 1 })).status).toBe(400);
});
