import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bindSocket } from '../../src/host/sockets.ts';
import { UdpForwarder } from '../../src/network/ports/udp-forwarder.ts';

describe('sessions of a UDP port', () => {
  let target: Socket;
  let forwarder: UdpForwarder;
  let port: number;
  const clients: Socket[] = [];

  beforeEach(async () => {
    target = createSocket('udp4');
    target.on('message', (data, sender) => target.send(data, sender.port, sender.address));
    await once(target.bind(0, '127.0.0.1'), 'listening');
    const bound = bindSocket({ protocol: 'udp', address: '127.0.0.1', port: 0 });
    port = bound.port;
    const destination = { address: '127.0.0.1', port: target.address().port };
    forwarder = new UdpForwarder({
      fd: bound.fd,
      hostIp: '127.0.0.1',
      target: destination,
      idleMs: 300,
      sessionsMax: 10,
    });
  });
  afterEach(() => {
    forwarder.close();
    target.close();
    for (const client of clients.splice(0)) client.close();
  });

  function newClient(): Socket {
    const client = createSocket('udp4');
    clients.push(client);
    return client;
  }

  async function ask(client: Socket): Promise<void> {
    client.send('hello', port, '127.0.0.1');
    await once(client, 'message');
  }

  it('one serves all datagrams of a client', async () => {
    const client = newClient();
    for (let turn = 0; turn < 5; turn++) await ask(client);
    expect(forwarder.sessionCount).toBe(1);
  });

  it('ends when the client is silent, and comes back with its next datagram', async () => {
    const client = newClient();
    await ask(client);
    await expect.poll(() => forwarder.sessionCount).toBe(0);
    await ask(client);
    expect(forwarder.sessionCount).toBe(1);
  });

  it('the one that was silent longest makes room', async () => {
    for (let index = 0; index < 30; index++) {
      await ask(newClient());
      expect(forwarder.sessionCount).toBeLessThanOrEqual(10);
    }
  });
});
