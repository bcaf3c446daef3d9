import { describe, expect, it } from 'vitest';
import { privateHost, type PrivateHost } from '../../helpers/host.ts';
import { addressOf, eventually, greeting, here, inspect } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);

interface EngineStatus {
  readonly pid: number;
}

async function killEngine(host: PrivateHost): Promise<number> {
  const { pid } = JSON.parse((await host.berth('engine status --json')).stdout) as EngineStatus;
  await host.run(`kill -9 ${String(pid)}; while kill -0 ${String(pid)} 2>/dev/null; do :; done`);
  return pid;
}

/** Starts the stack with a FIFO that lets the test end `mortal`. */
async function up(host: PrivateHost): Promise<{ cwd: string; env: Record<string, string> }> {
  const place = { cwd, env: { GO: `${host.folder}/go` } };
  await host.run(`mkfifo ${place.env.GO}`);
  await host.berth('up -d', place);
  return place;
}

describe('an engine that was killed', () => {
  it('is followed by one that has the same containers, names, ports and logs', async () => {
    await using host = await privateHost({ lan: true });
    const before = await host.snapshot();
    const place = await up(host);
    await greeting(host.lan, '10.77.0.1:8080');
    const old = { id: (await inspect(host, 'crash-web-1')).Id, pid: await killEngine(host) };

    expect(await greeting(host.lan, '10.77.0.1:8080')).toBe('web for 10.77.0.2\n');
    const ps = (await host.berth('ps', place)).stdout;
    for (const name of ['crash-counter-1', 'crash-web-1', 'crash-mortal-1'])
      expect(ps).toMatch(new RegExp(`^${name} .*running`, 'm'));
    expect((await inspect(host, 'crash-web-1')).Id).toBe(old.id);
    const status = JSON.parse((await host.berth('engine status --json')).stdout) as EngineStatus;
    expect(status.pid).not.toBe(old.pid);

    const { stdout } = await host.berth('exec -T counter getent hosts web', place);
    expect(stdout).toContain(await addressOf(host, 'crash-web-1'));
    for (const address of ['10.77.0.1:8080', '127.0.0.1:8080', '[::1]:8080'])
      expect(await greeting(host, address)).toMatch(/^web for /);

    const numbers = await counted(host, place);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    await host.berth('down', place);
    await host.expectClean(before);
  });

  it('left containers whose exit, while nobody looked, is known all the same', async () => {
    await using host = await privateHost();
    const place = await up(host);
    const { Pid } = (await inspect(host, 'crash-mortal-1')).State;
    await killEngine(host);
    await host.run(`echo now > ${place.env.GO}; while kill -0 ${String(Pid)} 2>/dev/null; do :; done`);
    await host.berth('ps', place);
    const { State } = await inspect(host, 'crash-mortal-1');
    expect(State).toMatchObject({ Status: 'exited', ExitCode: 7 });
  });

  it('keeps restart policies and health checks going in its successor', async () => {
    await using host = await privateHost();
    const place = await up(host);
    await killEngine(host);
    await host.berth('ps', place);
    const { State } = await inspect(host, 'crash-web-1');
    await host.run(`kill -9 ${String(State.Pid)}`);
    await eventually(async () => {
      const now = await inspect(host, 'crash-web-1');
      expect(now.RestartCount).toBe(1);
      expect(now.State).toMatchObject({ Running: true, Health: { Status: 'healthy' } });
    });
    expect(await greeting(host, '127.0.0.1:8080')).toMatch(/^web for /);
  });

  it('lets a follower of logs see every line once when it follows again', async () => {
    await using host = await privateHost();
    const place = await up(host);
    await killEngine(host);
    await using follower = host.startBerth('logs -f --no-log-prefix counter', place);
    await follower.saw('count 40\n');
    const numbers = [...follower.stdout().matchAll(/^count (\d+)$/gm)].map(([, number]) => Number(number));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });
});

async function counted(
  host: PrivateHost,
  place: { cwd: string; env: Record<string, string> },
): Promise<number[]> {
  const { stdout } = await host.berth('logs --no-log-prefix counter', place);
  const numbers = [...stdout.matchAll(/count (\d+)$/gm)].map(([, number]) => Number(number));
  expect(numbers.length).toBeGreaterThan(10);
  return numbers;
}
