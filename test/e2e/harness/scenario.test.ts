import { describe, expect, it } from 'vitest';
import { hostLanAddress, privateHost } from '../../helpers/host.ts';
import { differences } from '../../helpers/snapshot.ts';

describe('a private host', () => {
  it('has a network, mounts, processes and /run of its own', async () => {
    await using host = await privateHost();
    expect((await host.run('ip -o link | wc -l')).stdout.trim()).toBe('1');
    expect((await host.run('ls /run')).stdout.trim()).toBe('lock\nmount');
    expect(await host.snapshot()).toMatchObject({ process: [], cgroup: [], iptables: [] });
  });

  it('reaches its LAN neighbour and is reached by it', async () => {
    await using host = await privateHost({ lan: true });
    await using server = host.start(['socat', '-u', 'TCP-LISTEN:9100,reuseaddr', 'STDOUT']);
    await host.run('until ss -ltn | grep -q :9100; do :; done');
    await host.lan.run(`echo hello | socat -u STDIN TCP:${hostLanAddress}:9100`);
    expect((await server.ended).stdout).toBe('hello\n');
  });

  it('tells every kind of leftover', async () => {
    await using host = await privateHost();
    const before = await host.snapshot();
    host.start('exec sleep 100');
    await host.run(`
      ip link add br-left type bridge
      iptables -t nat -N LEFT
      iptables -A FORWARD -j ACCEPT
      ip netns add left
      echo 1 > /proc/sys/net/ipv4/ip_forward`);
    const found = differences(before, await host.snapshot()).join('\n');
    for (const word of [
      'br-left',
      'nat :LEFT',
      'filter -A FORWARD',
      '/run/netns/left',
      'sleep 100',
      'forwarding: 1',
    ])
      expect(found).toContain(word);
  });

  it('passes exit codes, output, input and signals on', async () => {
    await using host = await privateHost();
    const failed = await host.run('cat; echo oops >&2; exit 7', { allowFailure: true, input: 'in' });
    expect(failed).toEqual({ stdout: 'in', stderr: 'oops\n', code: 7 });
    await expect(host.run('exit 3')).rejects.toThrow('exit 3');
    const waiting = host.start("sleep 9 & trap 'kill %1; echo caught; exit 4' INT; echo set; wait");
    await waiting.saw('set');
    await waiting.signal('INT');
    expect(await waiting.ended).toMatchObject({ stdout: 'set\ncaught\n', code: 4 });
  });
});
