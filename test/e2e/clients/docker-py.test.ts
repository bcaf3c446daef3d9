import { afterAll, beforeAll, expect, it } from 'vitest';
import { privateHost, repository, type PrivateHost } from '../../helpers/host.ts';
import { startEngine } from '../../helpers/scenario.ts';

let host: PrivateHost;
let engine: { DOCKER_HOST: string };

beforeAll(async () => {
  host = await privateHost();
  engine = await startEngine(host);
});

afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

it('docker-py makes, asks, changes and removes containers, networks and volumes', async () => {
  const program = ['/usr/bin/python3', `${repository}/test/e2e/clients/docker-py.py`];
  const { stdout, stderr } = await host.run(program, { env: engine, allowFailure: true });
  expect(stderr).toBe('');
  expect(stdout).toBe('all held\n');
});
