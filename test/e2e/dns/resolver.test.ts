import { writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { neighbourLanAddress, privateHost, repository } from '../../helpers/host.ts';
import type { PrivateHost, Running } from '../../helpers/host.ts';
import { startRig } from './rig.ts';
import type { Rig } from './rig.ts';

const front = { id: 'front', name: 'shop_front', internal: false };
const back = { id: 'back', name: 'shop_back', internal: true };
const netns = (name: string) => `/run/netns/${name}`;
const web = {
  containerId: 'c2',
  containerName: 'web-1',
  network: front,
  ipv4: '10.9.0.2',
  ipv6: '',
  names: ['web'],
};
const asker = { ...web, containerId: 'c1', containerName: 'asker-1', ipv4: '10.9.0.1', names: [] };

describe('the resolver inside a namespace', () => {
  let host: PrivateHost;
  let upstream: Running;
  let rig: Rig;

  beforeAll(async () => {
    host = await privateHost({ lan: true, resolvConf: `nameserver ${neighbourLanAddress}\n` });
    upstream = host.lan.start(nameServer(neighbourLanAddress, 'far.test=192.0.2.10'));
    await upstream.saw('ready');
    await host.run(`
      ip netns add c1 && ip netns add c2
      ip -n c1 link add eth0 type veth peer name eth0 netns c2
      for n in 1 2; do ip -n c$n link set lo up; ip -n c$n link set eth0 up; ip -n c$n address add 10.9.0.$n/24 dev eth0; done`);
  });
  beforeEach(async () => {
    rig = await startRig(host);
    await rig.call('setEndpoint', asker);
    await rig.call('setEndpoint', web);
  });
  afterEach(() => rig[Symbol.asyncDispose]());
  afterAll(() => host[Symbol.asyncDispose]());

  const open = (rest: { servers?: string[]; udpPort?: number; tcpPort?: number } = {}) =>
    rig.call('open', { containerId: 'c1', netns: netns('c1'), ...rest });

  async function dig(port: number, question: string, namespace = 'c1'): Promise<string> {
    // dig wants to understand the whole resolv.conf, though it is told whom to ask.
    const command = `mount --bind /dev/null "$(readlink -f /etc/resolv.conf)" && dig @127.0.0.11 -p ${port} +tries=1 +time=6 ${question}`;
    const argv = ['ip', 'netns', 'exec', namespace, 'bash', '-c', command];
    return (await host.run(argv, { allowFailure: true })).stdout;
  }

  it('answers over UDP and TCP, and on no other side of the wall', async () => {
    const { udpPort, tcpPort } = await open();
    expect(await dig(udpPort, '+short web')).toBe('10.9.0.2\n');
    expect(await dig(tcpPort, '+tcp +short web.shop_front')).toBe('10.9.0.2\n');
    expect(await dig(udpPort, '+short -x 10.9.0.2')).toBe('web-1.shop_front.\n');
    for (const where of ['', 'ip netns exec c2 ']) {
      const { stdout } = await host.run(`${where}ss -Hlnut`);
      expect(stdout).not.toContain('127.0.0.11');
    }
  });

  it('leaves port 53 to the container', async () => {
    const { udpPort } = await open();
    const own = host.start(['ip', 'netns', 'exec', 'c1', ...nameServer('0.0.0.0', 'x.test=192.0.2.1')]);
    await own.saw('ready');
    expect(await dig(udpPort, '+short web')).toBe('10.9.0.2\n');
    await own[Symbol.asyncDispose]();
  });

  it('knows by the socket who asks', async () => {
    const first = await open();
    await rig.call('setEndpoint', { ...web, containerId: 'c3', network: back, ipv4: '10.8.0.3' });
    await rig.call('setEndpoint', { ...asker, containerId: 'c4', containerName: 'asker-2', network: back });
    const second = await rig.call('open', { containerId: 'c4', netns: netns('c2') });
    expect(await dig(first.udpPort, '+short web')).toBe('10.9.0.2\n');
    expect(await dig(second.udpPort, '+short web', 'c2')).toBe('10.8.0.3\n');
  });

  it('gives all replicas over TCP when UDP is too small', async () => {
    for (let index = 0; index < 100; index++) {
      const replica = { ...web, containerId: `r${index}`, containerName: `many-${index}` };
      await rig.call('setEndpoint', { ...replica, ipv4: `10.9.1.${index}`, names: ['many'] });
    }
    const { udpPort, tcpPort } = await open();
    expect(await dig(udpPort, '+noedns +ignore many')).toMatch(/flags: qr tc rd ra/);
    const { stdout } = await host.run(
      `ip netns exec c1 dig @127.0.0.11 -p ${tcpPort} +tcp +short many | sort -u | wc -l`,
    );
    expect(stdout.trim()).toBe('100');
  });

  it('opens on the same ports after a restart, and on others when those are taken', async () => {
    const before = await open();
    await rig[Symbol.asyncDispose]();
    rig = await startRig(host);
    expect(await open(before)).toEqual(before);
    await rig.call('close', 'c1');
    const thieves = [`UDP-RECV:${before.udpPort}`, `TCP-LISTEN:${before.tcpPort}`].map((socket) =>
      host.start(`exec ip netns exec c1 socat -u ${socket},bind=127.0.0.11 STDOUT`),
    );
    const sockets = async () =>
      (await host.run('ip netns exec c1 ss -Hlnut')).stdout.match(/127\.0\.0\.11/g)?.length;
    await expect.poll(sockets).toBe(2);
    const after = await open(before);
    for (const thief of thieves) await thief[Symbol.asyncDispose]();
    expect(after.udpPort).not.toBe(before.udpPort);
    expect(after.tcpPort).not.toBe(before.tcpPort);
  });

  it('frees sockets and descriptors when it closes', async () => {
    await open();
    await rig.call('close', 'c1');
    const before = (await rig.call('state')).descriptors;
    for (let turn = 0; turn < 50; turn++) {
      await open();
      await rig.call('close', 'c1');
    }
    expect((await rig.call('state')).descriptors).toBe(before);
    expect((await host.run('ip netns exec c1 ss -Hlnut')).stdout).toBe('');
  });

  it('asks the host’s servers from the host’s side for names that are not ours', async () => {
    const { udpPort, tcpPort } = await open();
    expect(await dig(udpPort, '+short far.test')).toBe('192.0.2.10\n');
    expect(await dig(tcpPort, '+tcp +short far.test')).toBe('192.0.2.10\n');
    expect(await dig(udpPort, 'nowhere.test')).toContain('status: NXDOMAIN');
  });

  it('never sends a name of ours outside, whatever the type', async () => {
    const { udpPort } = await open();
    for (const type of ['AAAA', 'MX', 'TXT', 'SRV', 'HTTPS', 'ANY', 'NS', 'SOA', 'CNAME']) {
      expect(await dig(udpPort, `+notcp ${type} web`)).toMatch(/status: NOERROR[^]*ANSWER: 0/);
    }
    expect(upstream.stdout()).not.toMatch(/\bweb\b/i);
  });

  it('follows the host’s resolv.conf at once', async () => {
    const { udpPort } = await open();
    const file = `${host.folder}/resolv.conf`;
    await writeFile(file, '# no servers\n');
    expect(await dig(udpPort, 'far.test')).toContain('status: SERVFAIL');
    await writeFile(file, `nameserver ${neighbourLanAddress}\n`);
    expect(await dig(udpPort, '+short far.test')).toBe('192.0.2.10\n');
  });

  it('asks the next server when the first one does not answer', async () => {
    const { udpPort } = await open();
    const file = `${host.folder}/resolv.conf`;
    await host.run('ip address add 10.66.0.1/24 dev lan0');
    await writeFile(file, `nameserver 10.66.0.66\nnameserver ${neighbourLanAddress}\n`);
    expect(await dig(udpPort, '+short far.test')).toBe('192.0.2.10\n');
    await writeFile(file, `nameserver ${neighbourLanAddress}\n`);
  });

  it('asks a server at a link-local address', async () => {
    const script = `const s = require('node:dgram').createSocket({ type: 'udp6', ipv6Only: true }); s.bind(53, '::', () => console.log('ready'));
      s.on('message', (m, from) => { m[2] |= 0x80; m[3] |= 3; s.send(m, from.port, from.address); });`;
    const server = host.lan.start(['node', '-e', script]);
    await server.saw('ready');
    const { stdout } = await host.lan.run(
      "ip -j -6 address show dev eth0 scope link | jq -r '.[].addr_info[]?.local // empty'",
    );
    const file = `${host.folder}/resolv.conf`;
    await writeFile(file, `nameserver ${stdout.trim()}%lan0\n`);
    const { udpPort } = await open();
    expect(await dig(udpPort, 'far.test')).toContain('status: NXDOMAIN');
    await writeFile(file, `nameserver ${neighbourLanAddress}\n`);
    await server[Symbol.asyncDispose]();
  });

  it('asks nobody for a container on internal networks only', async () => {
    await rig.call('removeContainer', 'c1');
    await rig.call('setEndpoint', { ...asker, network: back });
    const asked = upstream.stdout().length;
    const { udpPort } = await open();
    expect(await dig(udpPort, 'far.test')).toContain('status: SERVFAIL');
    expect(upstream.stdout().length).toBe(asked);
    await rig.call('setEndpoint', asker);
    expect(await dig(udpPort, '+short far.test')).toBe('192.0.2.10\n');
  });

  it('asks a container’s own servers from its own namespace, without going in a circle', async () => {
    const neighbour = host.start([
      'ip',
      'netns',
      'exec',
      'c2',
      ...nameServer('10.9.0.2', 'own.test=192.0.2.20'),
    ]);
    await neighbour.saw('ready');
    const { udpPort, tcpPort } = await open({ servers: ['127.0.0.11', '10.9.0.1', '10.9.0.2'] });
    expect(await dig(udpPort, '+short own.test')).toBe('192.0.2.20\n');
    expect(await dig(tcpPort, '+tcp +short own.test')).toBe('192.0.2.20\n');
    const alone = await open({ servers: ['10.9.0.1'] });
    expect(await dig(alone.udpPort, 'own.test')).toContain('status: SERVFAIL');
    await neighbour[Symbol.asyncDispose]();
  });

  it('answers 200,000 questions without growing or leaking', async () => {
    const { udpPort } = await open();
    const load = ['nsenter', `--net=${netns('c1')}`, 'node', `${repository}/bench/dns-load.js`];
    const ask = async (milliseconds: number) => {
      const { stdout } = await host.run([...load, String(udpPort), '20', String(milliseconds), 'web']);
      return JSON.parse(stdout) as { qps: number; errors: number };
    };
    await ask(1500);
    const before = await rig.call('state');
    let questions = 0;
    while (questions < 200_000) {
      const { qps, errors } = await ask(2000);
      expect(errors).toBe(0);
      questions += qps * 2;
    }
    const after = await rig.call('state');
    expect(after.descriptors).toBe(before.descriptors);
    expect(after.residentMiB).toBeLessThan(before.residentMiB + 30);
  });
});

function nameServer(address: string, ...records: readonly string[]): string[] {
  return ['node', `${repository}/test/helpers/dns-server.mjs`, address, ...records];
}
