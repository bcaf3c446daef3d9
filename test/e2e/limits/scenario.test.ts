import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { busyboxArchive } from '../../helpers/busybox-image.ts';
import { privateHost, type PrivateHost, type Snapshot } from '../../helpers/host.ts';
import { dockerOf, here, inspect } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);
let host: PrivateHost;
let before: Snapshot;
let told = '';

beforeAll(async () => {
  host = await privateHost();
  const archive = await busyboxArchive('e2e/limits:latest', {
    files: {
      '/etc/passwd': 'root:x:0:0::/:/bin/sh\nmail:x:8:12::/:/bin/sh\n',
      '/etc/group': 'root:x:0:\nmail:x:12:\naudio:x:29:\nextra:x:55:mail\n',
    },
  });
  await host.berth(['image', 'load', '-i', archive]);
  await rm(archive);
  before = await host.snapshot();
  const { stdout, stderr } = await host.berth('up -d', { cwd });
  told = stdout + stderr;
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const inside = async (service: string, text: string): Promise<string> =>
  (await host.berth(['exec', '-T', service, 'sh', '-c', text], { cwd, allowFailure: true })).stdout.trim();

/** A file of the container's cgroup, as the kernel shows it. */
async function cgroup(
  service: string,
  controller: string,
  file: string,
  parent = host.owner,
): Promise<string> {
  const { Id } = await inspect(host, `limits-${service}-1`);
  return (await host.run(`cat /sys/fs/cgroup/${controller}/${parent}/${Id}/${file}`)).stdout.trim();
}

it('limits of a service are those of its cgroup', async () => {
  const parent = 'e2e-limits';
  const found = {
    memory: await cgroup('bound', 'memory', 'memory.limit_in_bytes', parent),
    reservation: await cgroup('bound', 'memory', 'memory.soft_limit_in_bytes', parent),
    quota: await cgroup('bound', 'cpu', 'cpu.cfs_quota_us', parent),
    shares: await cgroup('bound', 'cpu', 'cpu.shares', parent),
    cpuset: await cgroup('bound', 'cpuset', 'cpuset.cpus', parent),
    pids: await cgroup('bound', 'pids', 'pids.max', parent),
    read: await cgroup('bound', 'blkio', 'blkio.throttle.read_bps_device', parent),
    swap: await cgroup('bound', 'memory', 'memory.memsw.limit_in_bytes', parent).catch(() => 'not accounted'),
    swappiness: await cgroup('bound', 'memory', 'memory.swappiness', parent),
    oom: (await cgroup('bound', 'memory', 'memory.oom_control', parent)).split('\n')[0],
    write: await cgroup('bound', 'blkio', 'blkio.throttle.write_iops_device', parent),
  };
  expect(found).toEqual({
    memory: String(64 << 20),
    reservation: String(32 << 20),
    quota: '25000',
    shares: '512',
    cpuset: '0',
    pids: '77',
    swap: expect.stringMatching(/^(100663296|not accounted)$/) as string,
    swappiness: '0',
    oom: 'oom_kill_disable 1',
    read: expect.stringMatching(/^\d+:\d+ 12582912$/) as string,
    write: expect.stringMatching(/^\d+:\d+ 120$/) as string,
  });
  expect(await cgroup('deployed', 'memory', 'memory.limit_in_bytes')).toBe(String(50 << 20));
  expect(await cgroup('deployed', 'memory', 'memory.soft_limit_in_bytes')).toBe(String(20 << 20));
  expect(await cgroup('deployed', 'cpu', 'cpu.cfs_quota_us')).toBe('50000');
  expect(await cgroup('deployed', 'pids', 'pids.max')).toBe('33');
});

it('a process sees what it was given and no more', async () => {
  const seen = await inside(
    'bound',
    `grep -E "^(Uid|Groups|CapBnd|NoNewPrivs|Seccomp):" /proc/1/status | tr -s "\\t " " "
    cat /proc/1/oom_score_adj; ulimit -Sn; ulimit -Hn
    cat /proc/sys/net/core/somaxconn /proc/sys/kernel/msgmax /proc/sys/kernel/domainname; hostname
    df -k /dev/shm | awk 'NR==2{print $2}'; ls -l /dev/mine | cut -c1
    tr "\\0" " " < /proc/1/cmdline | grep -c "sleep infinity"; ls -l /proc/1/exe 2>&1 | grep -c sleep
    mkdir /tmp/x 2>&1 | grep -o "not permitted"`,
  );
  expect(seen.split('\n').map((line) => line.trim())).toEqual([
    'Uid: 8 8 8 8',
    'Groups: 12 29 55 4321',
    'CapBnd: 0000000000080400',
    'NoNewPrivs: 1',
    'Seccomp: 2',
    ...['500', '100', '200', '99', '4096', 'example.test', 'bound', '3072', 'c'],
    // Process 1 is the init, which has the command as its argument.
    ...['1', '0', 'not permitted'],
  ]);
});

it('a limit that cannot be raised, and a weight that the kernel does not have, are warnings, not the end', async () => {
  expect(told).toMatch(/limits-bound-1: ulimit nproc is \d+ instead of 4000000: without CAP_SYS_RESOURCE/);
  const weights = 'test -e /sys/fs/cgroup/blkio/blkio.weight && echo there || echo missing';
  const { stdout } = await host.run(weights);
  expect(told.includes('Weight discarded')).toBe(stdout === 'missing\n');
});

it('a container that asks for nothing is closed like one of Docker', async () => {
  const seen = await inside(
    'plain',
    `grep -E "^(CapInh|CapEff|Seccomp):" /proc/1/status | tr -s "\\t " " "
    cat /proc/kcore 2>/dev/null | wc -c; ls /proc/scsi /sys/firmware 2>/dev/null | grep -v : | wc -w
    (echo 1 > /proc/sys/vm/swappiness || mkdir /sys/fs/cgroup/pids/x || echo refused) 2>/dev/null
    (echo max > /sys/fs/cgroup/pids/pids.max || mkdir /sys/fs/cgroup/x/y || echo refused) 2>/dev/null`,
  );
  expect(seen.split('\n')).toEqual([
    'CapInh: 0000000000000000',
    'CapEff: 00000000a80425fb',
    'Seccomp: 2',
    ...['0', '0', 'refused', 'refused'],
  ]);
  const open =
    'grep Seccomp: /proc/1/status | tr -d "\\t "; mount | grep -c -e " /proc/kcore " -e "on /dev/shm "';
  expect(await inside('bare', open)).toBe('Seccomp:0\n0');
});

it('namespaces are shared as the file says', async () => {
  const own = 'echo common > /dev/shm/file; readlink /proc/self/ns/ipc; ps | grep -c conmon | grep -v "^0"';
  const [ipc = '', monitors = ''] = (await inside('donor', own)).split('\n');
  expect(monitors).not.toBe('');
  const joined =
    'cat /dev/shm/file; readlink /proc/self/ns/ipc; tr "\\0" " " < /proc/1/cmdline | grep -o infinity; hostname';
  const machine = (await host.run('hostname')).stdout.trim();
  expect(await inside('heir', joined)).toBe(`common\n${ipc}\ninfinity\n${machine}`);
});

it('what cannot be is refused in the words of Docker', async () => {
  const docker = dockerOf(host);
  const attempt = async (HostConfig: object): Promise<unknown> => {
    const container = await docker.createContainer({ Image: 'e2e/limits', HostConfig: HostConfig });
    return container.start().finally(() => container.remove({ force: true }));
  };
  const { Id } = await inspect(host, 'limits-plain-1');
  await expect(attempt({ Sysctls: { 'vm.swappiness': '1' } })).rejects.toThrow(
    'sysctl "vm.swappiness" is not in a separate kernel namespace',
  );
  await expect(attempt({ IpcMode: `container:${Id}` })).rejects.toThrow('non-shareable IPC');
  await expect(attempt({ CapAdd: ['MAGIC'] })).rejects.toThrow('unknown capability: "CAP_MAGIC"');
  await expect(attempt({ SecurityOpt: ['nonsense=1'] })).rejects.toThrow('invalid --security-opt');
});

it('nothing stays in the cgroups', async () => {
  await host.berth('down', { cwd });
  await host.run('rmdir /sys/fs/cgroup/*/e2e-limits', { allowFailure: true });
  await host.expectClean(before);
});
