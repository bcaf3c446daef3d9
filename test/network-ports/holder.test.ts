import { describe, expect, it } from 'vitest';
import { ipKey } from '../../src/host/ip-bytes.ts';
import { openSockets, parseSocketTable } from '../../src/host/open-sockets.ts';
import type { OpenSocket } from '../../src/host/open-sockets.ts';
import { parsePortList } from '../../src/host/port-range.ts';
import { bindSocket, closeSocket } from '../../src/host/sockets.ts';
import { describeHolder, findHolder, socketsInTheWay } from '../../src/network/ports/holder.ts';

const head =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

describe('the kernel’s table', () => {
  it('gives address, port, state and inode of IPv4 sockets', () => {
    const line =
      '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100';
    expect(parseSocketTable(`${head}\n${line}\n`, 'tcp')).toEqual([
      { protocol: 'tcp', addressKey: ipKey('127.0.0.1'), port: 8080, isListening: true, inode: 4242 },
    ]);
  });

  it('gives IPv6 addresses word by word', () => {
    const line = '   1: 000000FD000000000000000001000000:0035 00:0 07 0:0 00:0 0     0        0 7 2';
    const [socket] = parseSocketTable(`${head}\n${line}`, 'udp');
    expect(socket).toMatchObject({ addressKey: ipKey('fd00::1'), port: 53, isListening: true, inode: 7 });
  });

  it('an established connection does not listen', () => {
    const line = '   0: 0100007F:1F90 0100007F:9999 01 0:0 00:0 0 0 0 1 1';
    expect(parseSocketTable(`${head}\n${line}`, 'tcp')[0]?.isListening).toBe(false);
  });

  it('lists a socket that was just opened', async () => {
    const bound = bindSocket({ protocol: 'tcp', address: '127.0.0.1', port: 0 });
    const found = (await openSockets('tcp')).find((socket) => socket.port === bound.port);
    closeSocket(bound.fd);
    expect(found).toMatchObject({ addressKey: ipKey('127.0.0.1'), isListening: true });
  });
});

describe('who is in the way', () => {
  const socket = (address: string, rest: Partial<OpenSocket> = {}): OpenSocket => ({
    protocol: 'tcp',
    addressKey: ipKey(address) ?? '',
    port: 80,
    isListening: true,
    inode: 1,
    ...rest,
  });
  const inTheWay = (held: string, wanted: string) =>
    socketsInTheWay([socket(held)], { protocol: 'tcp', hostIp: wanted, hostPort: 80 }).length > 0;

  it.each([
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['0.0.0.0', '127.0.0.1', true],
    ['127.0.0.1', '0.0.0.0', true],
    ['::', '0.0.0.0', true],
    ['::', '::1', true],
    ['::1', '::', true],
    ['::1', '0.0.0.0', false],
    ['0.0.0.0', '::', false],
    ['::ffff:127.0.0.1', '127.0.0.1', true],
  ])('%s held, %s wanted: %s', (held, wanted, expected) => {
    expect(inTheWay(held, wanted)).toBe(expected);
  });

  it('listeners come before connections, and orphans of the kernel not at all', () => {
    const sockets = [
      socket('127.0.0.1', { isListening: false, inode: 2 }),
      socket('127.0.0.1', { inode: 3 }),
      socket('127.0.0.1', { inode: 0 }),
    ];
    const place = { protocol: 'tcp', hostIp: '127.0.0.1', hostPort: 80 } as const;
    expect(socketsInTheWay(sockets, place).map(({ inode }) => inode)).toEqual([3, 2]);
  });

  it('is found with pid, command and folder', async () => {
    const bound = bindSocket({ protocol: 'udp', address: '127.0.0.1', port: 0 });
    const holder = await findHolder({ protocol: 'udp', hostIp: '0.0.0.0', hostPort: bound.port });
    closeSocket(bound.fd);
    expect(holder).toMatchObject({ pid: process.pid, cwd: process.cwd() });
    expect(holder?.command).not.toBe('');
  });

  it('is told in a few words', () => {
    const holder = { pid: 4211, command: 'node server.js', cwd: '/srv/app' };
    expect(describeHolder(holder)).toBe('node server.js (pid 4211, in /srv/app)');
    expect(describeHolder({ pid: 1, command: 'x'.repeat(500), cwd: '/' })).toHaveLength(
      120 + ' (pid 1)'.length,
    );
  });
});

describe('reserved ports', () => {
  it('are numbers and ranges', () => {
    expect([...parsePortList('8080,9000-9002\n')]).toEqual([8080, 9000, 9001, 9002]);
  });

  it('may be none, and end at 65535', () => {
    expect(parsePortList('\n').size).toBe(0);
    expect([...parsePortList('65534-99999,x')]).toEqual([65_534, 65_535]);
  });
});
