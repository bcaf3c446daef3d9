import { mkdir, symlink } from 'node:fs/promises';
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

it('Testcontainers starts, waits, asks, copies, reuses and composes, and leaves nothing', async () => {
  const plugins = `${host.folder}/docker/cli-plugins`;
  await mkdir(plugins, { recursive: true });
  await symlink(`${repository}/node_modules/.cache/tools/13/docker-compose-2`, `${plugins}/docker-compose`);
  const env = {
    ...engine,
    DOCKER_CONFIG: `${host.folder}/docker`,
    // Its reaper is an image from a registry.
    TESTCONTAINERS_RYUK_DISABLED: 'true',
    TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1',
  };
  const program = [process.execPath, `${repository}/test/e2e/clients/testcontainers.mjs`, host.folder];
  const { stdout, stderr } = await host.run(program, { env, allowFailure: true, timeoutMs: 110_000 });
  expect(stderr).toBe('');
  expect(stdout).toBe('all held\n');
  expect((await host.run(['docker', 'ps', '-aq'], { env })).stdout).toBe('');
});
