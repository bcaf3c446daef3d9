import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { privateHost, type PrivateHost, type Snapshot } from '../../helpers/host.ts';
import { dockerOf, eventually, example, inspect } from '../../helpers/scenario.ts';

const cwd = example('modes');

describe('examples/modes', () => {
  let host: PrivateHost;
  let before: Snapshot;

  beforeAll(async () => {
    host = await privateHost({ lan: true });
    before = await host.snapshot();
    await host.berth('up -d', { cwd });
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  });

  const interfaces = async (service: string) => {
    const { stdout } = await host.berth(['exec', '-T', service, 'ip', '-o', '-4', 'address'], { cwd });
    return [...stdout.matchAll(/^\d+: (\S+) +inet (\S+)/gm)].map(
      ([, name, cidr]) => `${String(name)} ${String(cidr)}`,
    );
  };

  it('none has lo and nothing else', async () => {
    expect(await interfaces('alone')).toEqual(['lo 127.0.0.1/8']);
    expect((await inspect(host, 'modes-alone-1')).HostConfig.NetworkMode).toBe('none');
  });

  it('host has the network of the machine', async () => {
    expect(await interfaces('machine')).toContain('lan0 10.77.0.1/24');
    const inode = async (command: Promise<{ stdout: string }>) => (await command).stdout.trim();
    const inside = await inode(host.berth('exec -T machine readlink /proc/self/ns/net', { cwd }));
    expect(inside).toBe(await inode(host.run('readlink /proc/self/ns/net')));
  });

  it('a static address on a subnet of its own is taken as written', async () => {
    expect(await interfaces('app')).toEqual(['lo 127.0.0.1/8', 'eth0 10.88.0.10/24']);
  });

  it('a dynamic address comes from ip_range', async () => {
    const [, eth0] = await interfaces('neighbour');
    expect(eth0).toMatch(/^eth0 10\.88\.0\.(12[89]|1[3-9]\d|2\d\d)\/24$/);
  });

  it('service: and container: share the namespace', async () => {
    expect(await interfaces('sidecar')).toEqual(['lo 127.0.0.1/8', 'eth0 10.88.0.10/24']);
    expect(await interfaces('guest')).toEqual(['lo 127.0.0.1/8', 'eth0 10.88.0.10/24']);
    const fetchLocal = () => host.berth('exec -T sidecar wget -qO- --tries=1 http://localhost:8080', { cwd });
    expect((await eventually(fetchLocal)).stdout).toContain('eth0 10.88.0.10/24');
  });

  it('an alias is answered on the network', async () => {
    const fetchShop = () => host.berth('exec -T neighbour wget -qO- --tries=1 http://shop:8080', { cwd });
    expect((await eventually(fetchShop)).stdout).toContain('eth0 10.88.0.10/24');
  });

  it('a joined service keeps its network when the one it joined restarts', async () => {
    await dockerOf(host).getContainer('modes-app').restart({ t: 2 });
    expect(await interfaces('sidecar')).toEqual(['lo 127.0.0.1/8', 'eth0 10.88.0.10/24']);
    const fetchLocal = () => host.berth('exec -T guest wget -qO- --tries=1 http://localhost:8080', { cwd });
    expect((await eventually(fetchLocal)).stdout).toContain('eth0 10.88.0.10/24');
  });

  it('goes without a trace', async () => {
    await host.berth('down', { cwd });
    await host.expectClean(before);
  });
});
