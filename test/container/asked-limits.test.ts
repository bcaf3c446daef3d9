import { describe, expect, it } from 'vitest';
import { checkSysctls } from '../../src/container/sysctls.ts';
import { ociResourcesFor } from '../../src/container/oci-resources.ts';
import { containerSpec } from '../engine/records.ts';

const { security } = containerSpec();

describe('sysctls', () => {
  const check = (name: string, about: Partial<typeof security> = {}, networkMode = 'default') =>
    checkSysctls({ networkMode, security: { ...security, ...about, sysctls: { [name]: '1' } } });

  it.each([['net.core.somaxconn'], ['net/ipv4/ip_forward'], ['kernel.msgmax'], ['fs.mqueue.msg_max']])(
    '%s belongs to the container',
    (name) => expect(() => check(name)).not.toThrow(),
  );

  it.each([['vm.swappiness'], ['kernel.panic'], ['fs.file-max']])('%s belongs to the machine', (name) => {
    expect(() => check(name)).toThrow(`sysctl "${name}" is not in a separate kernel namespace`);
  });

  it('in a namespace of the host they are refused in the words of Docker', () => {
    expect(() => check('net.core.somaxconn', {}, 'host')).toThrow('not allowed in host network namespace');
    expect(() => check('kernel.sem', { ipcMode: 'host' })).toThrow('not allowed in the hosts ipc namespace');
    expect(() => check('kernel.hostname', { utsMode: 'host' })).toThrow('in the hosts uts namespace');
  });
});

describe('resources', () => {
  const resources = {
    memory: 100,
    memorySwappiness: 5,
    oomKillDisable: true,
    cpuShares: 512,
    blkioWeight: 300,
    blkioWeightDevices: [{ path: '/dev/vda', weight: 200 }],
    blkioThrottles: [
      { kind: 'ReadBps', path: '/dev/vda', rate: 1000 },
      { kind: 'WriteIOps', path: '/dev/vda', rate: 7 },
    ],
  } as const;
  const of = (cgroupVersion: '1' | '2') =>
    ociResourcesFor({
      resources,
      privileged: true,
      devices: [],
      cgroupVersion,
      swapLimit: true,
      diskNumbers: () => ({ major: 254, minor: 0 }),
    });

  it('limits of disks carry the numbers of the disk', () => {
    expect(of('1').blockIO).toEqual({
      weight: 300,
      weightDevice: [{ major: 254, minor: 0, weight: 200 }],
      throttleReadBpsDevice: [{ major: 254, minor: 0, rate: 1000 }],
      throttleWriteIOPSDevice: [{ major: 254, minor: 0, rate: 7 }],
    });
  });

  it('what cgroup version 2 does not have is not asked of it; the rest is the same, for the runtime to convert', () => {
    expect(of('1').memory).toEqual({ limit: 100, swap: 200, swappiness: 5, disableOOMKiller: true });
    expect(of('2').memory).toEqual({ limit: 100, swap: 200 });
    expect(of('2').cpu).toEqual({ shares: 512 });
  });
});
