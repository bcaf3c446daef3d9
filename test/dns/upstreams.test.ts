import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostUpstreams, nameservers, upstreamsFor } from '../../src/dns/upstreams.ts';

describe('nameservers', () => {
  it('are the addresses on nameserver lines, in order', () => {
    const text = '# a comment\nnameserver 10.0.0.1\n\toptions edns0\n nameserver\tfd00::1\nsearch lan\n';
    expect(nameservers(text)).toEqual(['10.0.0.1', 'fd00::1']);
  });

  it('what is no address is passed over', () => {
    expect(nameservers('nameserver dns.lan\nnameserver\n#nameserver 1.1.1.1\nnameserver 1.2.3.4 x')).toEqual([
      '1.2.3.4',
    ]);
  });
});

describe('the host’s servers', () => {
  let folder: string;
  let path: string;
  const found = (upstreams: HostUpstreams) => upstreams.current().map(({ address }) => address);
  const settle = () => new Promise((resolve) => setTimeout(resolve, 60));

  beforeEach(async () => {
    folder = await mkdtemp(`${tmpdir()}/berth-upstreams-`);
    path = `${folder}/resolv.conf`;
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('follow a file that is written in place, even twice within one tick of the clock', async () => {
    const upstreams = new HostUpstreams({ path });
    for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) {
      await writeFile(path, `nameserver ${address}\n`);
      expect(found(upstreams)).toEqual([address]);
    }
    await settle();
    expect(found(upstreams)).toEqual(['10.0.0.3']);
    await writeFile(path, 'nameserver 10.0.0.4\n');
    expect(found(upstreams)).toEqual(['10.0.0.4']);
  });

  it('follow a file that is replaced', async () => {
    const upstreams = new HostUpstreams({ path });
    await writeFile(path, 'nameserver 10.0.0.1\n');
    await settle();
    expect(found(upstreams)).toEqual(['10.0.0.1']);
    await writeFile(`${path}.new`, 'nameserver 10.0.0.2\n');
    await rename(`${path}.new`, path);
    expect(found(upstreams)).toEqual(['10.0.0.2']);
  });

  it('follow a link to a file that changes, and a link that changes', async () => {
    await writeFile(`${folder}/one`, 'nameserver 10.0.0.1\n');
    await writeFile(`${folder}/two`, 'nameserver 10.0.0.2\n');
    await symlink(`${folder}/one`, path);
    const upstreams = new HostUpstreams({ path });
    expect(found(upstreams)).toEqual(['10.0.0.1']);
    await writeFile(`${folder}/one`, 'nameserver 10.0.0.11\n');
    expect(found(upstreams)).toEqual(['10.0.0.11']);
    await symlink(`${folder}/two`, `${path}.new`);
    await rename(`${path}.new`, path);
    expect(found(upstreams)).toEqual(['10.0.0.2']);
  });

  it('are none while there is no file, and come back with it', async () => {
    const upstreams = new HostUpstreams({ path });
    expect(found(upstreams)).toEqual([]);
    await writeFile(path, 'nameserver 10.0.0.1\n');
    expect(found(upstreams)).toEqual(['10.0.0.1']);
    await rm(path);
    expect(found(upstreams)).toEqual([]);
  });

  it('an unchanged file gives the very same list', async () => {
    await writeFile(path, 'nameserver 10.0.0.1\n');
    await settle();
    const upstreams = new HostUpstreams({ path });
    expect(upstreams.current()).toBe(upstreams.current());
  });
});

describe('whom a container may ask', () => {
  const host = () => ['10.0.0.1', '127.0.0.11', '10.0.0.3', '10.0.0.4'].map((address) => ({ address }));
  const asker = { ownServers: [], netns: '/ns', host, hasWayOut: true, isOwnAddress: () => false };

  it('three of the host’s servers, from the engine’s namespace', () => {
    const three = host().slice(0, 3);
    expect(upstreamsFor(asker)).toEqual(three);
  });

  it('nobody outside when all its networks are internal', () => {
    expect(upstreamsFor({ ...asker, hasWayOut: false })).toEqual([]);
  });

  it('its own servers instead, from its own namespace, on internal networks too', () => {
    const own = { ...asker, ownServers: ['9.9.9.9'], hasWayOut: false };
    expect(upstreamsFor(own)).toEqual([{ address: '9.9.9.9', netns: '/ns' }]);
  });

  it('neither us nor itself', () => {
    const ownServers = ['127.0.0.11', '172.18.0.2', '9.9.9.9'];
    const isOwnAddress = (address: string) => address === '172.18.0.2';
    expect(upstreamsFor({ ...asker, ownServers, isOwnAddress })).toEqual([
      { address: '9.9.9.9', netns: '/ns' },
    ]);
    expect(upstreamsFor({ ...asker, ownServers: ['127.0.0.11'] })).toEqual([]);
    expect(upstreamsFor({ ...asker, isOwnAddress: (address) => address === '10.0.0.1' })[0]?.address).toBe(
      '127.0.0.11',
    );
  });
});
