import { describe, expect, it } from 'vitest';
import { privateHost } from '../../helpers/host.ts';

describe('the kernel’s tables of packet rules', () => {
  it('that were not there before are gone with the last network', async () => {
    await using host = await privateHost();
    expect((await host.run('iptables-save')).stdout).toBe('');
    await host.berth('network create one');
    expect((await host.run('iptables-save')).stdout).toContain('*nat');
    await host.berth('network rm one');
    expect((await host.run('iptables-save')).stdout).toBe('');
  });

  it('that were not there before are gone even when another engine made them', async () => {
    await using host = await privateHost();
    await host.berth('network create one');
    await host.run('kill -9 $(cat /run/berth/engine.pid)');
    await host.berth('network rm one');
    expect((await host.run('iptables-save')).stdout).toBe('');
  });

  it('in which somebody else has a rule, a chain or a policy stay as they are', async () => {
    await using host = await privateHost();
    await host.berth('network create one');
    await host.run(
      'iptables -t nat -N THEIRS; iptables -A INPUT -s 192.0.2.9 -j DROP; iptables -t raw -P OUTPUT DROP',
    );
    await host.berth('network rm one');
    const { stdout } = await host.run('iptables-save');
    expect(stdout).toContain(':THEIRS - ');
    expect(stdout).toContain('-A INPUT -s 192.0.2.9/32 -j DROP');
    expect(stdout).toContain(':OUTPUT DROP');
    expect(stdout).not.toContain('BERTH');
  });

  it('that were there before stay, empty as they were', async () => {
    await using host = await privateHost();
    await host.run('iptables -t nat -A POSTROUTING -j ACCEPT; iptables -t nat -F');
    await host.berth('network create one');
    await host.berth('network rm one');
    const { stdout } = await host.run('iptables-save');
    expect(stdout.match(/^\*\w+/gm)).toEqual(['*nat']);
  });
});
