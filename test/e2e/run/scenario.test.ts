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
