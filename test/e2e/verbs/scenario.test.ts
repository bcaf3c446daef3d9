import { describe, expect, it } from 'vitest';
import { privateHost, type PrivateHost } from '../../helpers/host.ts';
import { dockerOf, here } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);

async function states(host: PrivateHost): Promise<Record<string, string>> {
  const containers = await dockerOf(host).listContainers({ all: true });
  return Object.fromEntries(containers.map(({ Names, State }) => [String(Names[0]).slice(1), State]));
}

describe('the verbs of a running stack', () => {
  it('stops, starts, restarts, holds, kills and removes', async () => {
    await using host = await privateHost();
    const before = await host.snapshot();
    await host.berth('up -d', { cwd });
    await host.berth('stop -t 2 web', { cwd });
    expect(await states(host)).toEqual({ 'verbs-web-1': 'exited', 'verbs-db-1': 'running' });
    await host.berth('stop -t 2', { cwd });
    await host.berth('start --wait web', { cwd });
    expect(await states(host)).toEqual({ 'verbs-web-1': 'running', 'verbs-db-1': 'running' });
    const restarted = await host.berth('restart -t 2 db', { cwd, env: { WORD: 'bye' } });
    expect(restarted.stderr).toContain('environment.WORD: "hello" → "bye"');
    await host.berth('pause db', { cwd });
    expect(await states(host)).toEqual({ 'verbs-web-1': 'running', 'verbs-db-1': 'paused' });
    expect((await host.berth('pause db', { cwd, allowFailure: true })).stderr).toContain('already paused');
    await host.berth('unpause', { cwd });
    await host.berth('kill web', { cwd });
    await host.berth('rm -f', { cwd });
    expect(await states(host)).toEqual({ 'verbs-db-1': 'running' });
    await host.berth('rm -sf db', { cwd });
    expect(await states(host)).toEqual({});
    await host.berth('down', { cwd });
    await host.expectClean(before);
  });
});

describe('the verbs that look, and those that change the number', () => {
  it('creates, scales, waits and lists', async () => {
    await using host = await privateHost();
    await host.berth('create', { cwd });
    expect(await states(host)).toEqual({ 'verbs-web-1': 'created', 'verbs-db-1': 'created' });
    await host.berth('start', { cwd });
    await host.berth('scale db=2', { cwd });
    expect(Object.keys(await states(host)).sort()).toEqual(['verbs-db-1', 'verbs-db-2', 'verbs-web-1']);
    const address = (await host.berth('port web 80', { cwd })).stdout;
    expect(address).toMatch(/^127\.0\.0\.1:\d+\n$/);
    expect((await host.berth('port web 81', { cwd, allowFailure: true })).code).toBe(1);
    expect((await host.berth('top db', { cwd })).stdout).toMatch(/verbs-db-2\n.*PID[^]*sleep infinity/);
    expect((await host.berth('images', { cwd })).stdout).toMatch(/verbs-web-1 +berth\/host/);
    const listed = JSON.parse((await host.berth('ls --format json')).stdout) as unknown;
    expect(listed).toEqual([{ Name: 'verbs', Status: 'running(3)', ConfigFiles: `${cwd}/compose.yaml` }]);
    const waiting = host.berth('wait web', { cwd, allowFailure: true });
    await host.berth(['exec', '-T', 'web', 'kill', '-TERM', '1'], { cwd });
    await waiting.then(({ stdout, code }) => expect(stdout).toBe(`${code}\n`));
    await host.berth('down', { cwd });
    expect((await host.berth('ls -q')).stdout).toBe('');
  });
});
