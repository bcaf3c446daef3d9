import { describe, expect, it } from 'vitest';
import { privateHost, type PrivateHost } from '../../helpers/host.ts';
import { dockerOf, eventually, here, inspect } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);

async function ids(host: PrivateHost): Promise<Record<string, string>> {
  const containers = await dockerOf(host).listContainers({ all: true });
  return Object.fromEntries(containers.map(({ Names, Id }) => [String(Names[0]).slice(1), Id]));
}

describe('a stack over its life', () => {
  it('is left alone by an up that changes nothing', async () => {
    await using host = await privateHost();
    await host.berth('up -d', { cwd });
    const first = await ids(host);
    expect((await host.berth('plan db web', { cwd })).stdout).toMatch(/nothing to do|unchanged/);
    expect((await host.berth('plan --exit-code db web', { cwd })).code).toBe(0);
    const again = await host.berth('up -d', { cwd });
    expect(await ids(host)).toEqual(first);
    expect(again.stdout + again.stderr).not.toMatch(/recreate|created/i);
  });

  it('has only the changed service made anew, and the plan says why', async () => {
    await using host = await privateHost();
    await host.berth('up -d', { cwd });
    const first = await ids(host);
    const env = { WORD: 'bye' };
    const plan = (await host.berth('plan', { cwd, env })).stdout;
    expect(plan).toMatch(
      /container life-web-1 +recreate +environment\.WORD: "hello" → "bye" +compose\.yaml:8:/,
    );
    await host.berth('up -d', { cwd, env });
    const second = await ids(host);
    expect(second['life-db-1']).toBe(first['life-db-1']);
    expect(second['life-web-1']).not.toBe(first['life-web-1']);
    await eventually(async () =>
      expect((await host.berth('logs --no-log-prefix web', { cwd })).stdout).toContain('web says bye'),
    );
  });

  it('shows what would happen with --dry-run and does nothing', async () => {
    await using host = await privateHost();
    const before = await host.snapshot();
    const up = await host.berth('up -d --dry-run', { cwd });
    expect(up.stdout).toContain('life-web-1');
    await host.expectClean(before);
    await host.berth('up -d', { cwd });
    const running = await ids(host);
    expect((await host.berth('down --dry-run', { cwd })).stdout).toContain('life-web-1');
    expect(await ids(host)).toEqual(running);
  });

  it('keeps a named volume over down and loses it with down -v', async () => {
    await using host = await privateHost();
    const before = await host.snapshot();
    await host.berth('up -d', { cwd });
    await host.berth(['exec', '-T', 'web', 'bash', '-c', 'echo kept > /data/file; echo gone > /gone'], {
      cwd,
    });
    expect((await host.berth('exec -T db cat /data/file', { cwd })).stdout).toBe('kept\n');
    await host.berth('down', { cwd });
    await host.expectClean(before);
    await host.berth('up -d', { cwd });
    expect((await host.berth('exec -T web cat /data/file', { cwd })).stdout).toBe('kept\n');
    expect((await host.berth('exec -T web cat /gone', { cwd, allowFailure: true })).code).toBe(1);
    await host.berth('down -v', { cwd });
    expect((await host.run(`ls ${host.root}/volumes`)).stdout).toBe('');
    await host.expectClean(before);
  });

  it('mounts binds read-only, and tmpfs', async () => {
    await using host = await privateHost();
    await host.berth('up -d', { cwd });
    expect((await host.berth('exec -T web cat /seed/file', { cwd })).stdout).toBe('seed\n');
    const written = await host.berth(['exec', '-T', 'web', 'bash', '-c', 'echo x > /seed/file'], {
      cwd,
      allowFailure: true,
    });
    expect(written.stderr).toContain('Read-only file system');
    expect((await host.berth('exec -T web stat -f -c %T /scratch', { cwd })).stdout).toBe('tmpfs\n');
  });

  it('passes the exit code of exec on, and its input', async () => {
    await using host = await privateHost();
    await host.berth('up -d', { cwd });
    const result = await host.berth(['exec', '-T', 'web', 'bash', '-c', 'cat; exit 42'], {
      cwd,
      input: 'through\n',
      allowFailure: true,
    });
    expect(result).toMatchObject({ code: 42, stdout: 'through\n' });
  });

  it('shows a service that ended with its exit code, and starts it again only when asked', async () => {
    await using host = await privateHost();
    await host.berth('up -d', { cwd });
    await eventually(async () => expect((await inspect(host, 'life-once-1')).State.Status).toBe('exited'));
    expect((await host.berth('ps -a', { cwd })).stdout).toMatch(/^life-once-1 .*exited.*0/m);
    expect((await host.berth('logs once', { cwd })).stdout).toMatch(/once/);
  });

  it('comes up attached with merged logs and goes down gracefully at Ctrl-C', async () => {
    await using host = await privateHost();
    const attached = host.startBerth('up', { cwd });
    await attached.saw('web says hello');
    await attached.saw('db starts');
    expect(attached.stdout()).toMatch(/^(life-)?db(-1)? +\| db starts$/m);
    await attached.signal('INT');
    const { stdout, code } = await attached.ended;
    expect(stdout).toContain('db stops');
    expect(code).toBe(130);
    for (const name of ['life-web-1', 'life-db-1'])
      expect((await inspect(host, name)).State.Running).toBe(false);
    expect((await inspect(host, 'life-db-1')).State.ExitCode).toBe(0);
  });

  it('follows logs from where they are asked for', async () => {
    await using host = await privateHost();
    await host.berth('up -d', { cwd });
    await eventually(() =>
      host.berth('logs db', { cwd }).then(({ stdout }) => expect(stdout).toContain('db starts')),
    );
    await using follower = host.startBerth('logs -f --tail 1', { cwd });
    await follower.saw('db starts');
    await dockerOf(host).getContainer('life-db-1').restart({ t: 5 });
    await follower.saw('db stops');
    await follower.saw(/db starts[^]*db starts/);
    expect(follower.stdout().match(/db starts/g)).toHaveLength(2);
  });

  it('ends by itself: the engine leaves when nothing is left to do', async () => {
    await using host = await privateHost();
    await host.berth('up -d', { cwd });
    await host.berth('down', { cwd });
    await eventually(async () => expect((await host.snapshot())['process']).toEqual([]));
  });

  it('keeps its container names from another project', async () => {
    await using host = await privateHost();
    await host.berth('up -d', { cwd });
    await host.berth('-p other up -d', { cwd });
    const names = Object.keys(await ids(host)).sort();
    expect(names).toEqual(
      ['life', 'other'].flatMap((project) =>
        ['db', 'once', 'web'].map((service) => `${project}-${service}-1`),
      ),
    );
    await host.berth('-p other down', { cwd });
    expect(Object.keys(await ids(host))).toHaveLength(3);
  });
});
