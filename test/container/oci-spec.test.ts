import { describe, expect, it } from 'vitest';
import {
  capabilitiesFor,
  capabilitiesOfMask,
  DEFAULT_CAPABILITIES,
  ALL_CAPABILITIES,
} from '../../src/container/capabilities.ts';
import { attainableLimits, attainableOomScore, parseLimits } from '../../src/container/limits.ts';
import { ociSpecFor, ociSpecText, type OciSpecRequest } from '../../src/container/oci-spec.ts';
import type { OciSpec } from '../../src/container/oci-types.ts';
import { plainRecord } from '../../src/container/probe-record.ts';
import type { Runtime } from '../../src/container/runtime.ts';
import type { ContainerRecord, ContainerSpec, MountPoint, SecuritySpec } from '../../src/model/container.ts';

const ID = 'a'.repeat(64);

const runtime: Runtime = {
  name: 'crun',
  path: '/usr/bin/crun',
  version: '1.8.1',
  conmonPath: '/usr/bin/conmon',
  conmonVersion: '2.1.6',
  cgroupVersion: '1',
  hideUnified: true,
  swapLimit: true,
  capabilities: ALL_CAPABILITIES,
  limits: { own: [], ownOomScoreAdj: 0, mayRaise: true },
  kernel: '6.1',
  processor: 'x64',
};

function record(
  change: { spec?: Partial<ContainerSpec>; security?: Partial<SecuritySpec>; mounts?: MountPoint[] } = {},
): ContainerRecord {
  const plain = plainRecord({ id: ID, name: 'web', argv: ['serve', '--port', '80'] });
  return {
    ...plain,
    mounts: change.mounts ?? [],
    spec: { ...plain.spec, ...change.spec, security: { ...plain.spec.security, ...change.security } },
  };
}

function specOf(change: Parameters<typeof record>[0] = {}, request: Partial<OciSpecRequest> = {}): OciSpec {
  return ociSpecFor({
    container: record(change),
    rootfs: '/run/rootfs',
    netnsPath: '/run/netns/x',
    cgroupsPath: '/berth/x',
    files: { hosts: '/f/hosts', hostname: '/f/hostname', resolvConf: '/f/resolv.conf' },
    user: { uid: 0, gid: 0, additionalGids: [5], home: '/root' },
    runtime,
    ...request,
  }).spec;
}

function mountAt(spec: OciSpec, target: string): OciSpec['mounts'][number] | undefined {
  return spec.mounts.find((mount) => mount.destination === target);
}

function point(part: Partial<MountPoint> & Pick<MountPoint, 'type' | 'target'>): MountPoint {
  const { type, target } = part;
  const readOnly = part.readOnly ?? false;
  return {
    name: '',
    source: '',
    readOnly,
    propagation: '',
    anonymous: false,
    spec: { type, source: '', target, readOnly },
    ...part,
  };
}

describe('the process', () => {
  it('has the variables that every container has, under its own', () => {
    const plain = record({ spec: { tty: true } });
    const container = { ...plain, process: { ...plain.process, env: ['A=1', 'HOME=/h'] } };
    expect(specOf({}, { container }).process.env).toEqual([
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'HOSTNAME=aaaaaaaaaaaa',
      'TERM=xterm',
      'HOME=/h',
      'A=1',
    ]);
  });

  it('is root with the default capabilities in force, or another user with the bound only', () => {
    const root = specOf().process;
    expect(root.capabilities.effective).toHaveLength(14);
    expect(root.user).toEqual({ uid: 0, gid: 0, additionalGids: [0, 5] });
    const user = { uid: 33, gid: 33, additionalGids: [], home: '/' };
    const other = specOf({}, { user }).process;
    expect(other.capabilities.effective).toEqual([]);
    expect(other.capabilities.bounding).toHaveLength(14);
  });

  it('runs below a program that reaps children when asked to', () => {
    const spec = specOf(
      { security: { init: true } },
      { runtime: { ...runtime, initPath: '/usr/bin/catatonit' } },
    );
    expect(spec.process.args).toEqual(['/sbin/berth-init', '--', 'serve', '--port', '80']);
    expect(mountAt(spec, '/sbin/berth-init')?.source).toBe('/usr/bin/catatonit');
  });

  it('is refused when nothing can reap its children', () => {
    expect(() => specOf({ security: { init: true } })).toThrow('catatonit');
  });
});

describe('mounts', () => {
  it('have a read-only /sys and /sys/fs/cgroup and 64 MiB of shared memory', () => {
    const spec = specOf();
    expect(mountAt(spec, '/sys')?.options).toContain('ro');
    expect(mountAt(spec, '/sys/fs/cgroup')?.options).toContain('ro');
    expect(mountAt(spec, '/dev/shm')?.options).toContain('size=67108864');
    expect(mountAt(specOf({ security: { shmSizeBytes: 5 } }), '/dev/shm')?.options).toContain('size=5');
  });

  it('bring the three files, unless the container mounts there itself or has none', () => {
    expect(mountAt(specOf(), '/etc/hosts')).toMatchObject({
      source: '/f/hosts',
      options: ['bind', 'rprivate', 'rw'],
    });
    const own = point({ type: 'bind', target: '/etc/hosts', source: '/mine', readOnly: true });
    const spec = specOf({ mounts: [own] });
    expect(spec.mounts.filter((mount) => mount.destination === '/etc/hosts')).toHaveLength(1);
    expect(mountAt(spec, '/etc/hosts')).toMatchObject({
      source: '/mine',
      options: ['rbind', 'rprivate', 'rro'],
    });
    const files = { hosts: '', hostname: '', resolvConf: '' };
    expect(mountAt(specOf({}, { files }), '/etc/hosts')).toBeUndefined();
  });

  it('are in an order in which the outer comes before the inner', () => {
    const mounts = ['/a/b/c', '/a', '/a/b'].map((target) => point({ type: 'bind', target, source: '/x' }));
    const targets = specOf({ mounts }).mounts.map((mount) => mount.destination);
    expect(targets.filter((target) => target.startsWith('/a'))).toEqual(['/a', '/a/b', '/a/b/c']);
  });

  it('put the generated files on top of a volume at /etc', () => {
    const mounts = [point({ type: 'bind', target: '/etc', source: '/x' })];
    const targets = specOf({ mounts }).mounts.map((mount) => mount.destination);
    expect(targets.indexOf('/etc')).toBeLessThan(targets.indexOf('/etc/hosts'));
  });

  it('give tmpfs its size, mode and own options; it runs no programs unless it says so', () => {
    const target = '/t';
    const spec = {
      type: 'tmpfs',
      source: '',
      target,
      readOnly: false,
      tmpfsSizeBytes: 9,
      tmpfsMode: 0o1770,
    } as const;
    const optionsWith = (tmpfsOptions: string) =>
      mountAt(specOf({ mounts: [point({ type: 'tmpfs', target, spec: { ...spec, tmpfsOptions } })] }), target)
        ?.options;
    expect(optionsWith('uid=5')).toEqual(['noexec', 'nosuid', 'nodev', 'size=9', 'mode=1770', 'uid=5']);
    expect(optionsWith('exec,uid=5,dev,nodev')).toEqual(['nosuid', 'nodev', 'size=9', 'mode=1770', 'uid=5']);
  });

  it('are without what is mounted below where the mount says so: not even by the word for its propagation', () => {
    const spec = { type: 'bind', source: '/m', target: '/m', readOnly: true, nonRecursive: true } as const;
    const mounts = [
      point({ type: 'bind', target: '/m', source: '/m', spec, readOnly: true, propagation: 'rslave' }),
    ];
    expect(mountAt(specOf({ mounts }), '/m')?.options).toEqual(['bind', 'slave', 'ro']);
  });

  it('let the host its mounts through where a volume asks for that', () => {
    const mounts = [point({ type: 'bind', target: '/m', source: '/m', propagation: 'rslave' })];
    expect(specOf({ mounts }).linux.rootfsPropagation).toBe('slave');
    expect(specOf().linux.rootfsPropagation).toBeUndefined();
  });
});

describe('isolation', () => {
  it('joins the network namespace it is given, or stays in the engine its own', () => {
    expect(specOf().linux.namespaces).toContainEqual({ type: 'network', path: '/run/netns/x' });
    const host = specOf({}, { netnsPath: undefined });
    expect(host.linux.namespaces.map((each) => each.type)).toEqual(['mount', 'pid', 'ipc', 'uts']);
    expect(host.linux.sysctl).toEqual({});
    expect(specOf().linux.sysctl['net.ipv4.ip_unprivileged_port_start']).toBe('0');
  });

  it('shares what it is told to share', () => {
    const spec = specOf(
      { security: { pidMode: 'container:x', ipcMode: 'container:x', utsMode: 'host' } },
      { joins: { pid: '/proc/7/ns/pid', ipc: '/proc/7/ns/ipc', sharedMemory: '/proc/7/root/dev/shm' } },
    );
    expect(spec.linux.namespaces).toContainEqual({ type: 'pid', path: '/proc/7/ns/pid' });
    expect(spec.linux.namespaces).toContainEqual({ type: 'ipc', path: '/proc/7/ns/ipc' });
    expect(mountAt(spec, '/dev/shm')?.source).toBe('/proc/7/root/dev/shm');
    expect(mountAt(spec, '/dev/shm')?.options).toContain('noexec');
    expect(spec.hostname).toBeUndefined();
  });

  it('has a private cgroup namespace with cgroup version 2', () => {
    expect(specOf({}, { runtime: { ...runtime, cgroupVersion: '2' } }).linux.namespaces).toContainEqual({
      type: 'cgroup',
    });
  });

  it('masks what tells of the machine, and hides what it is told to', () => {
    const { maskedPaths, readonlyPaths } = specOf({}, { hiddenPaths: ['/var/lib/berth'] }).linux;
    expect(maskedPaths).toContain('/proc/kcore');
    expect(maskedPaths).toContain('/var/lib/berth');
    expect(readonlyPaths).toContain('/proc/sys');
  });

  it('leaves the mounts of the control groups alone: crun would put writable ones on top of read-only ones', () => {
    expect(specOf().linux.readonlyPaths.filter((path) => path.startsWith('/sys/fs/cgroup'))).toEqual([]);
  });

  it('gives a privileged container everything but what is hidden', () => {
    const spec = specOf({ security: { privileged: true } }, { hiddenPaths: ['/h'] });
    expect(spec.linux.maskedPaths).toEqual(['/h']);
    expect(spec.linux.readonlyPaths).toEqual([]);
    expect(spec.linux.seccomp).toBeUndefined();
    expect(spec.process.capabilities.effective).toEqual(ALL_CAPABILITIES);
    expect(spec.linux.resources.devices).toEqual([{ allow: true, access: 'rwm' }]);
    expect(mountAt(spec, '/sys')?.options).toContain('rw');
  });

  it('refuses an unknown security option', () => {
    expect(() => specOf({ security: { securityOpt: ['magic=1'] } })).toThrow(
      'invalid --security-opt: "magic=1"',
    );
  });
});

describe('resources', () => {
  it('are none by default but for the devices', () => {
    expect(Object.keys(specOf().linux.resources)).toEqual(['devices']);
    expect(specOf().process.rlimits).toBeUndefined();
  });

  it('double the memory for swap, as Docker does, where swap is accounted', () => {
    const of = (resources: ContainerSpec['resources'], swapLimit = true): unknown =>
      specOf({ spec: { resources } }, { runtime: { ...runtime, swapLimit } }).linux.resources.memory;
    expect(of({ memory: 100 })).toEqual({ limit: 100, swap: 200 });
    expect(of({ memory: 100, memorySwap: -1 })).toEqual({ limit: 100, swap: -1 });
    expect(of({ memory: 100 }, false)).toEqual({ limit: 100 });
  });

  it('turn CPUs into a quota and leave an unlimited number of processes alone', () => {
    const { cpu, pids } = specOf({ spec: { resources: { nanoCpus: 1_500_000_000, pidsLimit: -1 } } }).linux
      .resources;
    expect(cpu).toEqual({ period: 100_000, quota: 150_000 });
    expect(pids).toBeUndefined();
  });

  it('read device rules', () => {
    const resources = { deviceCgroupRules: ['c 42:* rm', 'nonsense'] };
    expect(specOf({ spec: { resources } }).linux.resources.devices.at(-1)).toEqual({
      allow: true,
      type: 'c',
      major: 42,
      access: 'rm',
    });
  });
});

describe('limits', () => {
  const poor = { own: [{ name: 'nofile', soft: 10, hard: 20 }], ownOomScoreAdj: 0, mayRaise: false };

  it('are brought down to what the engine may set, with a warning', () => {
    const { rlimits, warnings } = attainableLimits([{ name: 'nofile', soft: 15, hard: 99 }], poor);
    expect(rlimits).toEqual([{ type: 'RLIMIT_NOFILE', soft: 15, hard: 20 }]);
    expect(warnings).toHaveLength(1);
    expect(attainableLimits([{ name: 'nofile', soft: 1, hard: 20 }], poor).warnings).toEqual([]);
    expect(attainableOomScore(-5, poor)).toMatchObject({
      warnings: [expect.stringContaining('CAP_SYS_RESOURCE')],
    });
    expect(attainableOomScore(5, poor)).toEqual({ oomScoreAdj: 5, warnings: [] });
  });

  it('without end are written as the largest number the runtime reads', () => {
    const resources = { ulimits: [{ name: 'core', soft: -1, hard: -1 }] };
    expect(ociSpecText(specOf({ spec: { resources } }))).toContain(
      '{"type":"RLIMIT_CORE","soft":18446744073709551615,"hard":18446744073709551615}',
    );
  });

  it('are read from the kernel its table', () => {
    const table =
      'Limit                     Soft Limit           Hard Limit           Units     \n' +
      'Max open files            1024                 20000                files     \n' +
      'Max core file size        0                    unlimited            bytes     \n';
    expect(parseLimits(table)).toEqual([
      { name: 'nofile', soft: 1024, hard: 20_000 },
      { name: 'core', soft: 0, hard: Infinity },
    ]);
  });
});

describe('capabilities', () => {
  const none = { privileged: false, add: [], drop: [], available: ALL_CAPABILITIES };

  it('are the fourteen of Docker, more or fewer', () => {
    expect(new Set(capabilitiesFor(none))).toEqual(new Set(DEFAULT_CAPABILITIES));
    expect(capabilitiesFor({ ...none, add: ['net_admin'], drop: ['CAP_CHOWN'] })).toContain('CAP_NET_ADMIN');
    expect(capabilitiesFor({ ...none, drop: ['CAP_CHOWN'] })).not.toContain('CAP_CHOWN');
  });

  it('know ALL on either side', () => {
    expect(capabilitiesFor({ ...none, drop: ['ALL'], add: ['KILL'] })).toEqual(['CAP_KILL']);
    expect(capabilitiesFor({ ...none, add: ['ALL'], drop: ['KILL'] })).toHaveLength(
      ALL_CAPABILITIES.length - 1,
    );
  });

  it('are never more than the engine has', () => {
    const available = ['CAP_KILL'];
    expect(capabilitiesFor({ ...none, privileged: true, available })).toEqual(['CAP_KILL']);
  });

  it('that do not exist are refused', () => {
    expect(() => capabilitiesFor({ ...none, add: ['FLY'] })).toThrow('unknown capability: "CAP_FLY"');
  });

  it('are read from a mask', () => {
    expect(capabilitiesOfMask('0000000000000021')).toEqual(['CAP_CHOWN', 'CAP_KILL']);
  });
});
