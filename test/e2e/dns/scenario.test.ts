import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { neighbourLanAddress, privateHost, repository } from '../../helpers/host.ts';
import type { Running, PrivateHost, Snapshot } from '../../helpers/host.ts';
import { addressOf, dockerOf, eventually, here, inspect } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);

describe('names', () => {
  let host: PrivateHost;
  let before: Snapshot;
  let upstream: Running;
  let web: string;
  let other: string;

  beforeAll(async () => {
    host = await privateHost({ lan: true, resolvConf: `nameserver ${neighbourLanAddress}\n` });
    upstream = host.lan.start([
      'node',
      `${repository}/test/helpers/dns-server.mjs`,
      neighbourLanAddress,
      'far.test=192.0.2.10',
    ]);
    await upstream.saw('ready');
    before = await host.snapshot();
    await host.berth('up -d', { cwd });
    [web, other] = [await addressOf(host, 'the-web'), await addressOf(host, 'dns-other-1')];
  });

  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  });

  const dig = async (question: string, service = 'asker') =>
    (await host.berth(`exec -T ${service} dig +tries=1 +time=3 ${question}`, { cwd })).stdout;
  const short = async (question: string, service?: string) =>
    (await dig(`+short ${question}`, service)).split('\n').filter(Boolean).sort();

  it('of services, containers, aliases and short ids give the address', async () => {
    const id = (await inspect(host, 'the-web')).Id.slice(0, 12);
    for (const name of ['web', 'the-web', 'shop', id, 'WEB', 'web.dns_front'])
      expect(await short(name)).toEqual([web]);
    for (const name of ['other', 'dns-other-1']) expect(await short(name)).toEqual([other]);
  });

  it('that several containers share give all addresses', async () => {
    await eventually(async () => expect(await short('pool')).toEqual([web, other].sort()));
  });

  it('lead to replicas that are healthy, as the file wants it, and come back', async () => {
    await host.berth('exec -T other touch /tmp/ill', { cwd });
    await eventually(async () => expect(await short('pool')).toEqual([web]));
    await eventually(async () => expect(await short('other')).toEqual([other]));
    await host.berth('exec -T other rm /tmp/ill', { cwd });
    await eventually(async () => expect(await short('pool')).toEqual([web, other].sort()));
  });

  it('that the user wrote into /etc/hosts and resolv.conf are kept', async () => {
    await host.berth(
      [
        'exec',
        '-T',
        'asker',
        'bash',
        '-c',
        'echo 192.0.2.9 mine >> /etc/hosts; echo search own.test >> /etc/resolv.conf',
      ],
      { cwd },
    );
    const inner = dockerOf(host).getNetwork('dns_inner');
    const hosts = async () => (await host.berth('exec -T asker cat /etc/hosts', { cwd })).stdout;
    await inner.connect({ Container: 'dns-asker-1' });
    const address = await addressOf(host, 'dns-asker-1', 'dns_inner');
    expect(await hosts()).toMatch(new RegExp(`^192.0.2.9 mine$[^]*^${address}\t`, 'm'));
    await inner.disconnect({ Container: 'dns-asker-1' });
    expect(await hosts()).toContain('192.0.2.9 mine\n');
    expect(await hosts()).not.toContain(address);
    const { stdout } = await host.berth('exec -T asker cat /etc/resolv.conf', { cwd });
    expect(stdout).toContain('search own.test');
  });

  it('are found by what a program normally calls', async () => {
    const { stdout } = await host.berth('exec -T asker getent hosts web', { cwd });
    expect(stdout).toMatch(new RegExp(`^${web} +web$`, 'm'));
  });

  it('are given back for addresses', async () => {
    expect(await short(`-x ${web}`)).toEqual(['the-web.dns_front.']);
    expect(await short(`-x ${other}`)).toEqual(['dns-other-1.dns_front.']);
  });

  it('of ours have no records of other types, and never leave the machine', async () => {
    for (const type of ['AAAA', 'MX', 'TXT', 'SRV', 'HTTPS']) {
      const answer = await dig(`web ${type}`);
      expect(answer, type).toContain('status: NOERROR');
      expect(answer, type).toContain('ANSWER: 0');
    }
    expect(upstream.stdout()).not.toMatch(/ web$/m);
  });

  it('that are not ours are asked upstream', async () => {
    expect(await short('far.test')).toEqual(['192.0.2.10']);
    expect(await dig('nowhere.test')).toContain('status: NXDOMAIN');
    expect(upstream.stdout()).toContain('A far.test');
  });

  it('are answered over TCP as over UDP', async () => {
    expect(await short('+tcp web')).toEqual([web]);
    expect(await short('+tcp far.test')).toEqual(['192.0.2.10']);
  });

  it('of another network are unknown, and an internal network asks nobody outside', async () => {
    expect(await dig('hidden')).toContain('status: NXDOMAIN');
    expect(await short('hidden', 'hidden')).toEqual([await addressOf(host, 'dns-hidden-1')]);
    expect(await dig('far.test', 'hidden')).toContain('status: SERVFAIL');
  });

  it('are served beside a name server of the container itself', async () => {
    expect(await short('web', 'server')).toEqual([web]);
    const echo = await host.berth(
      ['exec', '-T', 'server', 'bash', '-c', 'echo own | socat -t1 - UDP:127.0.0.1:53'],
      { cwd },
    );
    expect(echo.stdout).toBe('own\n');
  });

  it('follow a container that stops and starts', async () => {
    const container = dockerOf(host).getContainer('dns-other-1');
    await container.stop({ t: 0 });
    expect(await short('pool')).toEqual([web]);
    await container.start();
    const back = await addressOf(host, 'dns-other-1');
    await eventually(async () => expect(await short('pool')).toEqual([web, back].sort()));
  });

  it('are asked of a new upstream as soon as the machine has one', async () => {
    await using second = host.start([
      'node',
      `${repository}/test/helpers/dns-server.mjs`,
      '127.0.0.53',
      'new.test=192.0.2.20',
    ]);
    await second.saw('ready');
    await host.run(`echo 'nameserver 127.0.0.53' > ${host.folder}/resolv.conf`);
    await eventually(async () => expect(await short('new.test')).toEqual(['192.0.2.20']));
  });

  it('leave nothing behind', async () => {
    await host.berth('down', { cwd });
    await host.expectClean(before);
  });
});
