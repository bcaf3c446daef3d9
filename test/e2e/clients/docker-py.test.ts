import { afterAll, beforeAll, expect, it } from 'vitest';
import { privateHost, repository, type PrivateHost } from '../../helpers/host.ts';
import { eventually } from '../../helpers/scenario.ts';

let host: PrivateHost;

beforeAll(async () => {
  host = await privateHost();
  host.startBerth('engine run');
  await eventually(() => host.run(`test -S ${host.runRoot}/docker.sock`));
});

afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

it('docker-py makes, asks, changes and removes containers, networks and volumes', async () => {
  const env = { DOCKER_HOST: `unix://${host.runRoot}/docker.sock` };
  const program = ['/usr/bin/python3', `${repository}/test/e2e/clients/docker-py.py`];
  const { stdout, stderr } = await host.run(program, { env, allowFailure: true });
  expect(stderr).toBe('');
  expect(stdout).toBe('all held\n');
});
