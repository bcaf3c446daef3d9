import { describe, expect, it } from 'vitest';
import { privateHost } from '../../helpers/host.ts';
import { dockerOf, here } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);

describe('berth run', () => {
  it('runs a command once, after what the service depends on, and passes its exit code on', async () => {
    await using host = await privateHost();
    const before = await host.snapshot();
    const first = await host.berth('run -T tool', { cwd });
    expect(first.stdout).toBe('of the file\n');
    const script = 'cat; echo "$WORD $OTHER"; echo loud >&2; exit 7';
    const second = await host.berth(['run', '--rm', '-T', '-e', 'OTHER=x', 'tool', 'bash', '-c', script], {
      cwd,
      allowFailure: true,
      input: 'typed\n',
    });
    expect(second).toMatchObject({ code: 7, stdout: 'typed\nhello x\n' });
    expect(second.stderr).toContain('loud');
    const name = (await host.berth('run -d --rm tool sleep infinity', { cwd })).stdout.trim();
    const containers = await dockerOf(host).listContainers({ all: true });
    const states = containers.map(({ Labels, State }) => [
      Labels['com.docker.compose.service'],
      Labels['com.docker.compose.oneoff'],
      State,
    ]);
    expect(states.sort()).toEqual([
      ['db', 'False', 'running'],
      ['tool', 'True', 'exited'],
      ['tool', 'True', 'running'],
    ]);
    await dockerOf(host).getContainer(name).kill();
    await host.berth('down', { cwd });
    await host.expectClean(before);
  });
});

describe('berth up that ends by itself', () => {
  it('stops everything when one service has ended, and ends with its exit code', async () => {
    await using host = await privateHost();
    const up = (flags: string) => host.berth(`-f abort.yaml up ${flags}`, { cwd, allowFailure: true });
    const run = await up('--exit-code-from tests');
    expect(run).toMatchObject({ code: 3 });
    expect(run.stdout).toContain('testing');
    const containers = await dockerOf(host).listContainers({ all: true });
    expect(containers.map(({ State }) => State)).toEqual(['exited', 'exited']);
    const quiet = await up('--abort-on-container-failure --no-attach tests');
    expect(quiet).toMatchObject({ code: 3 });
    expect(quiet.stdout).not.toContain('testing');
    expect((await up('-d --exit-code-from tests')).stderr).toContain('exclude each other');
  });
});
