import { existsSync, readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ContainerDriver } from '../../../src/container/driver.ts';
import { readLog } from '../../../src/container/logs.ts';
import type {
  ContainerRecord,
  MountPoint,
  ResourceSpec,
  SecuritySpec,
} from '../../../src/model/container.ts';
import { makeRig, type Rig } from './rig.ts';

describe.each(['crun', 'runc'] as const)('containers with %s', (name) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await makeRig(name);
  });
  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
  });

  it('run, log both streams, and end with their exit code', async () => {
    const result = await rig.runToEnd(['sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect(result).toEqual({ exitCode: 7, oomKilled: false, stdout: 'out\n', stderr: 'err\n' });
    expect(await rig.runToEnd(['true'])).toMatchObject({ exitCode: 0 });
    expect(rig.leftovers()).toEqual([]);
  });

  it('end with 128 and the number of the signal', async () => {
    const container = await rig.start(['sleep', 'infinity']);
    expect(rig.driver.isRunning(container.id)).toBe(true);
    expect(rig.driver.signal(container.id, 'SIGKILL')).toBe(true);
    expect(await rig.exits.wait(container.id)).toMatchObject({ exitCode: 137 });
    await rig.driver.delete(container.id);
    expect(rig.driver.signal(container.id, 'SIGKILL')).toBe(false);
    expect(rig.leftovers()).toEqual([]);
  });

  it('whose program is missing or no program are refused in the words of Docker', async () => {
    await expect(rig.start(['nope'])).rejects.toMatchObject({
      code: 'CONTAINER_COMMAND_NOT_FOUND',
      message: expect.stringContaining('exec: "nope": executable file not found in $PATH') as string,
    });
    await expect(rig.start(['/no/such'])).rejects.toMatchObject({ code: 'CONTAINER_COMMAND_NOT_FOUND' });
    await expect(rig.start(['/etc/passwd'])).rejects.toMatchObject({
      code: 'CONTAINER_COMMAND_NOT_EXECUTABLE',
    });
    const sysctls = security({ sysctls: { 'kernel.nosuch': '1' } });
    await expect(rig.start(['true'], sysctls)).rejects.toMatchObject({ code: 'CONTAINER_START_FAILED' });
    const user = (record: ContainerRecord): ContainerRecord => ({
      ...record,
      process: { ...record.process, user: 'who' },
    });
    await expect(rig.start(['true'], user)).rejects.toMatchObject({ code: 'CONTAINER_USER_UNKNOWN' });
    expect(rig.leftovers()).toEqual([]);
  });

  it('have the capabilities, filter and masks of Docker, and do not see their engine', async () => {
    const script = `grep -E '^(CapEff|Seccomp|NoNewPrivs):' /proc/self/status; hostname
      unshare -U true || echo refused; ls ${rig.folder}; (echo 1 > /proc/sys/kernel/panic) || echo ro`;
    const { stdout } = await rig.runToEnd(['sh', '-c', script], (record) => ({
      ...record,
      spec: { ...record.spec, hostname: 'inside' },
    }));
    expect(stdout.split('\n')).toEqual([
      'CapEff:\t00000000a80425fb',
      'NoNewPrivs:\t0',
      'Seccomp:\t2',
      'inside',
      'refused',
      'ro',
      '',
    ]);
  });

  it('keep a filter that is asked for, or none', async () => {
    const profile = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }],
    };
    const own = security({ securityOpt: [`seccomp=${JSON.stringify(profile)}`] });
    expect((await rig.runToEnd(['mkdir', '/tmp/x'], own)).stderr).toContain('Operation not permitted');
    const none = security({ securityOpt: ['seccomp=unconfined', 'no-new-privileges'] });
    const { stdout } = await rig.runToEnd(
      ['grep', '-E', '^(Seccomp|NoNewPrivs):', '/proc/self/status'],
      none,
    );
    expect(stdout).toBe('NoNewPrivs:\t1\nSeccomp:\t0\n');
  });

  it('write to their own layer only, and run in a folder that is made for them', async () => {
    const marker = `/berth-test-${rig.cgroupParent}`;
    const { stdout, exitCode } = await rig.runToEnd(
      ['sh', '-c', `pwd; id -u; echo $HOME; echo x > /tmp${marker}`],
      (record) => ({
        ...record,
        process: { ...record.process, user: 'nobody', workingDir: '/made/here' },
      }),
    );
    expect({ stdout, exitCode }).toEqual({ stdout: '/made/here\n65534\n/nonexistent\n', exitCode: 0 });
    expect(existsSync(`/tmp${marker}`)).toBe(false);
    expect(existsSync('/made')).toBe(false);
  });

  it('have volumes, a read-only root and a tmpfs as asked', async () => {
    const mounts: MountPoint[] = [
      mountPoint({ type: 'bind', source: '/etc', target: '/data/etc', readOnly: true }),
      mountPoint({ type: 'tmpfs', source: '', target: '/data', readOnly: false }),
    ];
    const script =
      'touch /x; touch /data/etc/x; touch /data/ok && test -e /data/etc/passwd && stat -f -c %T /data';
    const result = await rig.runToEnd(['sh', '-c', script], (record) => ({
      ...security({ readOnlyRootfs: true })(record),
      mounts,
    }));
    expect(result.stdout).toBe('tmpfs\n');
    expect(result.stderr.match(/Read-only file system/g)).toHaveLength(2);
  });

  it('that use too much memory are killed, and it is told', async () => {
    const eat = 'const a = []; for (;;) a.push(Buffer.alloc(1e7, 1));';
    const result = await rig.runToEnd(['node', '-e', eat], resources({ memory: 60e6 }));
    expect(result).toMatchObject({ exitCode: 137, oomKilled: true });
  });

  it('get what limits the engine can give, with a warning for the rest', async () => {
    const container = rig.record(
      ['sh', '-c', 'ulimit -Hn; cat /sys/fs/cgroup/pids/pids.max'],
      resources({
        pidsLimit: 33,
        ulimits: [{ name: 'nofile', soft: 64, hard: 1e9 }],
      }),
    );
    const { warnings } = await rig.driver.create(rig.requestFor(container));
    expect(warnings.length).toBe(rig.runtime.limits.mayRaise ? 0 : 1);
    await rig.driver.start(container.id);
    await rig.exits.wait(container.id);
    await rig.driver.delete(container.id);
  });

  it('stop and go on', async () => {
    const container = await rig.start(['sh', '-c', 'i=0; while :; do echo $i; i=$((i+1)); sleep 0.02; done']);
    const lines = async (): Promise<number> => (await rig.logOf(container)).stdout.split('\n').length;
    await waitFor(async () => (await lines()) > 3);
    await rig.driver.pause(container.id);
    const before = await lines();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await lines()).toBeLessThanOrEqual(before + 1);
    await rig.driver.unpause(container.id);
    await waitFor(async () => (await lines()) > before + 2);
    await rig.driver.delete(container.id);
    expect(rig.leftovers()).toEqual([]);
  });

  it('may start again with the same layer and log', async () => {
    const container = rig.record(['sh', '-c', 'touch /kept; cat /kept; echo more >> /kept']);
    for (const expected of ['', 'more\n']) {
      await rig.driver.create(rig.requestFor(container));
      await rig.driver.start(container.id);
      expect(await rig.exits.wait(container.id)).toMatchObject({ exitCode: 0 });
      expect((await rig.logOf(container)).stdout).toBe(expected);
      await rig.driver.delete(container.id);
    }
  });

  it('have a terminal when they want one', async () => {
    const { stdout } = await rig.runToEnd(['sh', '-c', 'tty; echo $TERM'], (record) => ({
      ...record,
      spec: { ...record.spec, tty: true },
    }));
    expect(stdout).toBe('/dev/pts/0\r\nxterm\r\n');
  });

  it('share process ids with another container, and nothing of them stays', async () => {
    const first = await rig.start(['sleep', 'infinity']);
    const joins = { pid: `/proc/${rig.driver.pid(first.id)}/ns/pid` };
    const second = rig.record(
      ['sh', '-c', 'sleep 1000 & cat /proc/1/cmdline'],
      security({ pidMode: `container:${first.id}` }),
    );
    await rig.driver.create({ ...rig.requestFor(second), joins });
    await rig.driver.start(second.id);
    expect(await rig.exits.wait(second.id)).toMatchObject({ exitCode: 0 });
    expect((await rig.logOf(second)).stdout).toBe('sleep\0infinity\0');
    await rig.driver.delete(second.id);
    await rig.driver.delete(first.id);
    expect(rig.leftovers()).toEqual([]);
  });

  it('outlive their engine: a later one finds them running, or how they ended', async () => {
    const runs = await rig.start(['sh', '-c', 'echo before; sleep 0.3; echo after; sleep infinity']);
    const ends = await rig.start(['sh', '-c', 'exit 9']);
    await rig.exits.wait(ends.id);
    const later = new ContainerDriver({
      runtime: rig.runtime,
      runRoot: rig.runRoot,
      cgroupParent: rig.cgroupParent,
    });
    expect(later.adopt(runs.id)).toEqual({ pid: rig.driver.pid(runs.id), running: true });
    expect(later.adopt(ends.id)).toMatchObject({ pid: 0, running: false, exit: { exitCode: 9 } });
    expect(later.adopt('0'.repeat(64))).toBeUndefined();
    await waitFor(async () => (await rig.logOf(runs)).stdout === 'before\nafter\n');
    expect(later.signal(runs.id, 'SIGKILL')).toBe(true);
    expect(await rig.exits.wait(runs.id)).toMatchObject({ exitCode: 137 });
    for (const { id } of [runs, ends]) await later.delete(id);
    later.close();
    expect(rig.leftovers()).toEqual([]);
  });

  it('that an engine left half made are removed without a trace', async () => {
    const container = rig.record(['sleep', 'infinity']);
    await rig.driver.create(rig.requestFor(container));
    rmSync(`${rig.runRoot}/containers/${container.id}/state.json`);
    rmSync(`${rig.runRoot}/containers/${container.id}/conmon.pid`);
    const { runtime, runRoot, cgroupParent } = rig;
    const later = new ContainerDriver({ runtime, runRoot, cgroupParent });
    await later.delete(container.id);
    later.close();
    expect(rig.leftovers()).toEqual([]);
  });

  it('are followed to the last line of their log', async () => {
    const container = rig.record(['sh', '-c', 'seq 1 20000; printf end']);
    const path = rig.requestFor(container).logPath;
    await rig.driver.create(rig.requestFor(container));
    const ended = rig.exits.wait(container.id);
    await rig.driver.start(container.id);
    let text = '';
    for await (const line of readLog({ path, stdout: true, stderr: true, follow: true, ended }))
      text += line.data.toString();
    expect(text).toHaveLength(108_894 + 'end'.length);
    expect(text.endsWith('\n20000\nend')).toBe(true);
    await rig.driver.delete(container.id);
  });
});

describe('the probe', () => {
  it('remembers what it found, and the compiled filter', async () => {
    await using rig = await makeRig();
    expect(rig.runtime.name).toBe('crun');
    expect(JSON.parse(readFileSync(`${rig.runRoot}/runtime.json`, 'utf8'))).toMatchObject({
      runtime: { name: 'crun' },
    });
    const container = await rig.start(['sleep', 'infinity']);
    const config = readFileSync(`${rig.runRoot}/containers/${container.id}/bundle/config.json`, 'utf8');
    expect(config).toContain('run.oci.seccomp_bpf_data');
    expect(config).not.toContain('SCMP_ACT_ERRNO');
  });
});

function security(change: Partial<SecuritySpec>): (record: ContainerRecord) => ContainerRecord {
  return (record) => ({
    ...record,
    spec: { ...record.spec, security: { ...record.spec.security, ...change } },
  });
}

function resources(change: ResourceSpec): (record: ContainerRecord) => ContainerRecord {
  return (record) => ({ ...record, spec: { ...record.spec, resources: change } });
}

function mountPoint(part: Pick<MountPoint, 'type' | 'source' | 'target' | 'readOnly'>): MountPoint {
  return { ...part, name: '', propagation: '', anonymous: false, spec: part };
}

async function waitFor(reached: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await reached()); tries += 1) {
    if (tries > 500) throw new Error('it never came to that');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
