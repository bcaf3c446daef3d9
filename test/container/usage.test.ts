import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allProcessesIn, parseInterfaces, readUsage } from '../../src/container/usage.ts';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'berth-usage-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function cgroup(hierarchy: string, files: Record<string, string>): string {
  mkdirSync(`${folder}/${hierarchy}/c1`, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(`${folder}/${hierarchy}/c1/${name}`, text);
  return `${folder}/${hierarchy}`;
}

describe('what a container uses', () => {
  it('is read from version 2 of cgroups', () => {
    const mountPoint = cgroup('all', {
      'cpu.stat':
        'usage_usec 7\nuser_usec 4\nsystem_usec 3\nnr_periods 2\nnr_throttled 1\nthrottled_usec 5\n',
      'memory.current': '4096\n',
      'memory.max': 'max\n',
      'memory.stat': 'anon 1\ninactive_file 2\n',
      'pids.current': '3\n',
      'pids.max': '40\n',
      'io.stat': '8:0 rbytes=10 wbytes=20 rios=1 wios=2\n',
    });
    const usage = readUsage({
      path: '/c1',
      pid: 0,
      hierarchies: [{ version: '2', mountPoint, controllers: [] }],
    });
    expect(usage).toMatchObject({
      cpu: {
        totalNs: 7000,
        userNs: 4000,
        systemNs: 3000,
        periods: 2,
        throttledPeriods: 1,
        throttledNs: 5000,
      },
      memory: { bytes: 4096, figures: { anon: 1, inactive_file: 2 } },
      pids: { current: 3, limit: 40 },
      disks: [
        { major: 8, minor: 0, operation: 'read', bytes: 10 },
        { major: 8, minor: 0, operation: 'write', bytes: 20 },
      ],
    });
    expect(usage.memory.limitBytes).toBeGreaterThan(4096);
  });

  it('is read from the hierarchies of version 1, also beside version 2', () => {
    const v1 = (name: string, files: Record<string, string>) =>
      ({ version: '1', mountPoint: cgroup(name, files), controllers: [name] }) as const;
    const hierarchies = [
      v1('cpuacct', { 'cpuacct.usage': '9\n', 'cpuacct.stat': 'user 1\nsystem 2\n' }),
      v1('memory', {
        'memory.usage_in_bytes': '8192\n',
        'memory.limit_in_bytes': '16384\n',
        'memory.stat': '',
      }),
      v1('pids', { 'pids.current': '2\n', 'pids.max': 'max\n' }),
      v1('blkio', { 'blkio.throttle.io_service_bytes': '8:0 Read 5\n8:0 Sync 5\nTotal 5\n' }),
      { version: '2', mountPoint: cgroup('unified', {}), controllers: [] } as const,
    ];
    expect(readUsage({ path: '/c1', pid: 0, hierarchies })).toMatchObject({
      cpu: { totalNs: 9, userNs: 10_000_000, systemNs: 20_000_000 },
      memory: { bytes: 8192, limitBytes: 16384 },
      pids: { current: 2, limit: Infinity },
      disks: [{ operation: 'read', bytes: 5 }],
    });
  });

  it('has the traffic of every interface but the loopback', () => {
    const head = 'Inter-| Receive | Transmit\n face |bytes packets\n';
    const text = `${head}    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n  eth0:100 2 3 4 0 0 0 0 200 5 6 7 0 0 0 0\n`;
    expect(parseInterfaces(text)).toEqual([
      {
        name: 'eth0',
        received: { bytes: 100, packets: 2, errors: 3, dropped: 4 },
        sent: { bytes: 200, packets: 5, errors: 6, dropped: 7 },
      },
    ]);
  });

  it('counts processes of cgroups below as its own', () => {
    const mountPoint = cgroup('pids', { 'cgroup.procs': '12\n3\n' });
    mkdirSync(`${mountPoint}/c1/inner`);
    writeFileSync(`${mountPoint}/c1/inner/cgroup.procs`, '40\n');
    const hierarchies = [{ version: '1', mountPoint, controllers: ['pids'] }] as const;
    expect(allProcessesIn('/c1', hierarchies)).toEqual([3, 12, 40]);
  });
});
