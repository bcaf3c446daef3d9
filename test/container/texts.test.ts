import { describe, expect, it } from 'vitest';
import { hostsFileFor, withoutHost } from '../../src/container/hosts-file.ts';
import { parseResolvConf, resolvConfFor, upstreamServersOf } from '../../src/container/resolv-conf.ts';
import { findUser } from '../../src/container/users.ts';
import { EngineError } from '../../src/model/errors.ts';

describe('hosts file', () => {
  const plain = {
    hostname: 'web',
    domainname: '',
    addresses: ['172.18.0.2'],
    extraHosts: [],
    hostGateway: [],
  };

  it('has loopback names, extra hosts in order, then the container', () => {
    const text = hostsFileFor({
      ...plain,
      domainname: 'example.org',
      extraHosts: ['db:10.0.0.1', 'six=[fd00::1]', 'gw:host-gateway', 'v6:fd00::2'],
      hostGateway: ['172.17.0.1'],
      enableIPv6: true,
    });
    expect(text.split('\n')).toEqual([
      '127.0.0.1\tlocalhost',
      '::1\tlocalhost ip6-localhost ip6-loopback',
      'fe00::\tip6-localnet',
      'ff00::\tip6-mcastprefix',
      'ff02::1\tip6-allnodes',
      'ff02::2\tip6-allrouters',
      '10.0.0.1\tdb',
      'fd00::1\tsix',
      '172.17.0.1\tgw',
      'fd00::2\tv6',
      '172.18.0.2\tweb.example.org web',
      '',
    ]);
  });

  it('without IPv6 knows only the IPv4 loopback', () => {
    expect(hostsFileFor({ ...plain, enableIPv6: false })).toBe('127.0.0.1\tlocalhost\n172.18.0.2\tweb\n');
  });

  it('loses only the line of one address of the container', () => {
    const text = '127.0.0.1\tlocalhost\n10.0.0.9\tweb\n172.18.0.2\tweb\n10.0.0.9\tother\n';
    expect(withoutHost(text, '10.0.0.9', 'web')).toBe(
      '127.0.0.1\tlocalhost\n172.18.0.2\tweb\n10.0.0.9\tother\n',
    );
  });
});

describe('resolv.conf', () => {
  const none = { dns: [], dnsSearch: [], dnsOptions: [], ipv6: false };
  const hostText =
    '# c\nnameserver 127.0.0.53\nnameserver 10.0.0.1\nsearch corp.example\noptions edns0 trust-ad\nsortlist 1.2.3.4\n';

  it('names the embedded resolver, with ndots:0 and what the host has', () => {
    expect(resolvConfFor({ hostText, mode: 'embedded', ...none })).toBe(
      '# Written by Berth.\n\nnameserver 127.0.0.11\nsearch corp.example\noptions edns0 trust-ad ndots:0\nsortlist 1.2.3.4\n',
    );
  });

  it('keeps a valid ndots and drops an invalid one', () => {
    const of = (options: string[]): string =>
      resolvConfFor({ hostText: '', mode: 'embedded', ...none, dnsOptions: options });
    expect(of(['ndots:2'])).toContain('options ndots:2\n');
    expect(of(['ndots:x', 'timeout:1'])).toContain('options timeout:1 ndots:0\n');
  });

  it('copies the servers that a container can reach, or takes public ones', () => {
    expect(resolvConfFor({ hostText, mode: 'copied', ...none })).toContain('nameserver 10.0.0.1\n');
    expect(resolvConfFor({ hostText, mode: 'copied', ...none })).not.toContain('127.0.0.53');
    expect(resolvConfFor({ hostText: 'nameserver ::1\n', mode: 'copied', ...none })).toContain(
      'nameserver 8.8.8.8\nnameserver 8.8.4.4\n',
    );
  });

  it('is the host its own in host mode, unless something was asked for', () => {
    expect(resolvConfFor({ hostText, mode: 'host', ...none })).toBe(hostText);
    expect(resolvConfFor({ hostText, mode: 'host', ...none, dns: ['9.9.9.9'] })).toContain(
      'nameserver 9.9.9.9\n',
    );
  });

  it('has no search line for a single dot', () => {
    expect(resolvConfFor({ hostText, mode: 'embedded', ...none, dnsSearch: ['.'] })).not.toContain('search');
  });

  it('tells the upstream servers', () => {
    expect(upstreamServersOf({ hostText, dns: [] })).toEqual(['127.0.0.53', '10.0.0.1']);
    expect(upstreamServersOf({ hostText, dns: ['1.1.1.1'] })).toEqual(['1.1.1.1']);
    const { nameservers } = parseResolvConf('nameserver 999.1.1.1\nnameserver fe80::1%eth0\nnameserver x\n');
    expect(nameservers).toEqual(['fe80::1%eth0']);
    expect(parseResolvConf('domain a\nsearch b c\n;x\n').search).toEqual(['b', 'c']);
  });
});

describe('users', () => {
  const files = {
    passwd: 'root:x:0:0:root:/root:/bin/sh\nweb:x:33:34:web:/srv/web:/bin/sh\nbroken\nhome:x:50:50::\n',
    group: 'root:x:0:\nwww:x:34:\nadm:x:4:web,home\ndocker:x:99:web\n',
  };

  it('are found by name with every group they are in', () => {
    expect(findUser('web', files)).toEqual({ uid: 33, gid: 34, additionalGids: [4, 99], home: '/srv/web' });
  });

  it('are found by number, and known or not taken as they are', () => {
    expect(findUser('33', files)).toEqual({ uid: 33, gid: 34, additionalGids: [4, 99], home: '/srv/web' });
    expect(findUser('1234', files)).toEqual({ uid: 1234, gid: 0, additionalGids: [], home: '/' });
  });

  it('have only the group that is named, by name or number', () => {
    expect(findUser('web:adm', files)).toMatchObject({ uid: 33, gid: 4, additionalGids: [] });
    expect(findUser('7:8', files)).toMatchObject({ uid: 7, gid: 8 });
  });

  it('are root when nobody is named, even without a passwd file', () => {
    expect(findUser('', { passwd: '', group: '' })).toEqual({
      uid: 0,
      gid: 0,
      additionalGids: [],
      home: '/root',
    });
  });

  it('get the groups that are added', () => {
    expect(findUser('', files, ['docker', '7', 'root'])).toMatchObject({ additionalGids: [99, 7] });
  });

  it('that are unknown are refused in the words of Docker', () => {
    expect(() => findUser('who', files)).toThrow(EngineError);
    expect(() => findUser('who', files)).toThrow(
      'unable to find user who: no matching entries in passwd file',
    );
    expect(() => findUser('web:who', files)).toThrow(
      'unable to find group who: no matching entries in group file',
    );
  });
});
