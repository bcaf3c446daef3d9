import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HealthMonitor } from '../../../src/container/health.ts';
import { probeInContainer } from '../../../src/container/health-probe.ts';
import { healthSettingsFor } from '../../../src/container/health-state.ts';
import type { ContainerRecord, HealthState } from '../../../src/model/container.ts';
import { makeRig, PLAIN_EXEC, textOf, type Rig } from './rig.ts';

const SECOND_NS = 1_000_000_000;

describe.each(['crun', 'runc'] as const)('a command in a container with %s', (name) => {
  let rig: Rig;
  let container: ContainerRecord;
  beforeAll(async () => {
    rig = await makeRig(name);
    container = await rig.start(['sleep', 'infinity'], (record) => ({
      ...record,
      process: { ...record.process, env: ['COLOR=red', 'SIZE=1'], workingDir: '/usr' },
    }));
  });
  afterAll(async () => {
    await rig.driver.delete(container.id);
    expect(rig.leftovers()).toEqual([]);
    await rig[Symbol.asyncDispose]();
  });

  it('has streams of its own and passes its exit code on', async () => {
    const result = await rig.exec(container, ['sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect(result).toEqual({ exitCode: 7, stdout: 'out\n', stderr: 'err\n' });
    expect(await rig.exec(container, ['sh', '-c', 'kill -9 $$'])).toMatchObject({ exitCode: 137 });
  });

  it('has the environment and folder of the container, or its own', async () => {
    const script = ['sh', '-c', 'echo $COLOR $SIZE $(pwd) $(id -un)'];
    expect((await rig.exec(container, script)).stdout).toBe('red 1 /usr root\n');
    const own = { env: ['SIZE=2'], workingDir: '/etc', user: 'nobody' };
    expect((await rig.exec(container, script, own)).stdout).toBe('red 2 /etc nobody\n');
  });

  it('reads its input to the end', async () => {
    const session = await rig.driver.exec({
      container,
      spec: { ...PLAIN_EXEC, argv: ['cat'], attachStdin: true },
    });
    session.stdin?.write('one ');
    session.stdin?.end('two');
    expect(await textOf(session.stdout)).toBe('one two');
    expect(await session.exit).toBe(0);
  });

  it('loses no byte at its end', async () => {
    const { stdout } = await rig.exec(container, ['seq', '1', '200000']);
    expect(stdout).toHaveLength(1_288_895);
    const terminal = await rig.exec(container, ['seq', '1', '50000'], { tty: true });
    expect(terminal.stdout).toHaveLength(288_894 + 50_000);
  });

  it('may open its output by name', async () => {
    expect((await rig.exec(container, ['sh', '-c', 'echo x > /dev/stdout'], { user: 'nobody' })).stdout).toBe(
      'x\n',
    );
  });

  it('ends although a child of it goes on', async () => {
    expect((await rig.exec(container, ['sh', '-c', 'sleep 3 & echo done'])).stdout).toBe('done\n');
  });

  it('that cannot run says so in the words of Docker', async () => {
    const failed = 'OCI runtime exec failed: exec failed: unable to start container process: ';
    expect(await rig.exec(container, ['nope'])).toEqual({
      exitCode: 127,
      stdout: `${failed}exec: "nope": executable file not found in $PATH: unknown\n`,
      stderr: '',
    });
    expect(await rig.exec(container, ['/etc/passwd'])).toMatchObject({ exitCode: 126 });
    await expect(rig.exec(container, ['true'], { user: 'who' })).rejects.toMatchObject({
      code: 'CONTAINER_USER_UNKNOWN',
    });
  });

  it('has the filter and capabilities of the container, or all when privileged', async () => {
    const script = ['grep', '-E', '^(CapEff|Seccomp):', '/proc/self/status'];
    expect((await rig.exec(container, script)).stdout).toBe('CapEff:\t00000000a80425fb\nSeccomp:\t2\n');
    expect((await rig.exec(container, script, { privileged: true })).stdout).not.toContain('a80425fb');
    expect((await rig.exec(container, script, { user: '1000' })).stdout).toContain(
      'CapEff:\t0000000000000000',
    );
  });

  it('has a terminal of the size it is given, also later', async () => {
    const session = await rig.driver.exec({
      container,
      spec: {
        ...PLAIN_EXEC,
        argv: [
          'sh',
          '-c',
          'stty -echo; while [ "$(stty size)" = "0 0" ]; do sleep 0.01; done; stty size; read line; while [ "$(stty size)" = "20 81" ]; do sleep 0.01; done; stty size; echo "got $line"; exit 3',
        ],
        tty: true,
        attachStdin: true,
      },
      rows: 20,
      columns: 81,
    });
    let text = '';
    for await (const part of session.stdout) {
      const before = text;
      text += String(part);
      if (before.includes('\n') || !text.includes('\n')) continue;
      session.resize(50, 120);
      session.stdin?.write('hello\n');
    }
    expect(text).toBe('20 81\r\n50 120\r\ngot hello\r\n');
    expect(await session.exit).toBe(3);
  });

  it('is refused when the container does not run', async () => {
    const other = rig.record(['true']);
    await expect(rig.exec(other, ['true'])).rejects.toMatchObject({
      code: 'CONTAINER_NOT_RUNNING',
      status: 409,
    });
  });

  it('tells of the health of the container', async () => {
    const settings = healthSettingsFor({
      test: ['CMD-SHELL', 'test -e /tmp/well || { echo ill; exit 1; }'],
      interval: SECOND_NS / 20,
      timeout: SECOND_NS * 5,
      retries: 2,
      startPeriod: 0,
      startInterval: 0,
    });
    if (!settings) throw new Error('no settings');
    const statuses: string[] = [];
    await new Promise<void>((resolve) => {
      const monitor = new HealthMonitor({
        settings,
        startedAtMs: Date.now(),
        probe: (argv, signal) => probeInContainer({ driver: rig.driver, container }, argv, signal),
        onProbe: (state: HealthState, changed) => {
          if (changed) statuses.push(`${state.status} ${state.log.at(-1)?.output ?? ''}`);
          if (state.status === 'unhealthy') void rig.exec(container, ['touch', '/tmp/well']);
          if (state.status !== 'healthy') return;
          monitor.stop();
          resolve();
        },
      });
      monitor.start();
    });
    expect(statuses).toEqual(['unhealthy ill\n', 'healthy ']);
  });

  it('as a probe is killed when it takes too long', async () => {
    const stop = AbortSignal.timeout(200);
    const outcome = await probeInContainer({ driver: rig.driver, container }, ['sleep', '60'], stop);
    expect(outcome.exitCode).toBe(137);
  });
});
