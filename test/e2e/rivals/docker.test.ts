import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busyboxArchive } from '../../helpers/busybox-image.ts';
import { privateHost, type PrivateHost, type Running } from '../../helpers/host.ts';
import { eventually, expectUnreachable, greeting, here, page } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);

/** bin/test takes them out of their packages, without installing these. */
const programs = process.env['BERTH_DOCKERD'] ?? '/usr/sbin';
const image = 'rivals/busybox:1';

describe('beside a dockerd on the same host', () => {
  let host: PrivateHost;
  let archive: string;
  let daemon: Running;
  const env = { DOCKER_HOST: 'unix:///run/docker.sock', PATH: `${programs}:${process.env['PATH'] ?? ''}` };

  const start = async (): Promise<void> => {
    daemon = host.start(
      `exec dockerd -H $DOCKER_HOST --data-root ${host.folder}/docker --exec-root /run/docker --pidfile /run/docker.pid \
        --storage-driver overlay2 --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent /${host.owner} > dockerd.log 2>&1`,
      { env, cwd: host.folder },
    );
    await eventually(() => host.run('docker version', { env }), 30_000);
  };
  const expectOursWorking = async (): Promise<void> => {
    expect(await greeting(host.lan, '10.77.0.1:8410')).toBe('web for 10.77.0.2\n');
    expect(await greeting(host, '127.0.0.1:8410')).toMatch(/^web for 172\./);
    expect(await greeting(host.lan, '10.77.0.1:8411')).toMatch(/^web for 172\./);
    expect(await greeting(host.lan, '10.77.0.1:8412')).toBe('lan for 10.77.0.1\n');
  };
  const theirRules = async (): Promise<string[]> =>
    (await host.run('iptables-save')).stdout
      .split('\n')
      .filter((line) => /DOCKER|docker0|172\.17/.test(line));
  const expectTheirsWorking = async (): Promise<void> => {
    expect(await page(host.lan, 'http://10.77.0.1:8090/')).toBe('docker\n');
    expect((await host.run('docker exec theirs nc -w 5 10.77.0.2 7000', { env })).stdout).toContain(
      'lan for',
    );
  };

  beforeAll(async () => {
    host = await privateHost({ lan: true });
    host.lan.start('socat TCP-LISTEN:7000,fork,reuseaddr SYSTEM:"echo lan for \\$SOCAT_PEERADDR"');
    archive = await busyboxArchive(image, { files: { '/var/www/index.html': 'docker\n' } });
    await host.run('sysctl -qw net.ipv4.ip_forward=0');
    await host.berth('up -d', { cwd });
    await start();
    await host.run(`docker load -qi ${archive}`, { env });
    await host.run(
      `docker run -d --name theirs --restart always --stop-signal KILL -p 8090:80 ${image} httpd -f -p 80 -h /var/www`,
      { env },
    );
  });
  afterAll(async () => {
    await host.run('docker rm -f theirs', { env, allowFailure: true });
    await daemon.signal('TERM');
    await host[Symbol.asyncDispose]();
    await rm(archive, { force: true });
  });

  it('both work, and reach no container of the other but by its published ports', async () => {
    await expectOursWorking();
    await expectTheirsWorking();
    expect((await host.berth('exec -T web socat -T5 -u TCP:10.77.0.1:8090 STDOUT', { cwd })).code).toBe(0);
    expect((await host.run('docker exec theirs nc -w 5 10.77.0.1 8410', { env })).stdout).toContain(
      'web for',
    );
    await expectUnreachable(host.lan, '172.17.0.2:80');
  });

  it('no rule of theirs changes when ours do', async () => {
    const before = await theirRules();
    expect(before).not.toEqual([]);
    await host.berth('up -d --force-recreate', { cwd });
    await host.berth('network create other');
    await host.berth('network rm other');
    expect(await theirRules()).toEqual(before);
    await expectOursWorking();
  });

  it('ours goes on while theirs restarts, under their policy', async () => {
    await daemon.signal('TERM');
    await daemon.ended;
    await expectOursWorking();
    await host.run('iptables -P FORWARD DROP');
    await start();
    await eventually(expectTheirsWorking);
    await expectOursWorking();
  });

  it('theirs goes on when ours is down, which had switched forwarding on', async () => {
    const before = await theirRules();
    await host.berth('down', { cwd });
    expect((await host.run('iptables-save')).stdout).not.toContain('BERTH');
    expect(await theirRules()).toEqual(before);
    await expectTheirsWorking();
    await host.berth('up -d', { cwd });
    await expectOursWorking();
    await host.berth('down', { cwd });
  });
});
