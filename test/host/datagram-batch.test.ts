import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { DatagramBatch, SLOT_BYTES, SLOTS } from '../../src/host/datagram-batch.ts';
import { bindSocket, closeSocket } from '../../src/host/sockets.ts';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

function server(): { fd: number; port: number } {
  const socket = bindSocket({ protocol: 'udp', address: '127.0.0.1', port: 0 });
  undo.push(() => closeSocket(socket.fd));
  return socket;
}

async function client(): Promise<{
  socket: Socket;
  heard: string[];
  send: (text: string, port: number) => Promise<void>;
}> {
  const socket = createSocket('udp4');
  undo.push(() => socket.close());
  const heard: string[] = [];
  socket.on('message', (message) => heard.push(message.toString()));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  // On loopback a datagram has arrived when the call that sends it returns.
  const send = (text: string, port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      socket.send(text, port, '127.0.0.1', (error) => (error ? reject(error) : resolve()));
    });
  return { socket, heard, send };
}

function textIn(batch: DatagramBatch, slot: number): string {
  const at = slot * SLOT_BYTES;
  return batch.received.toString('utf8', at, at + batch.lengthOf(slot));
}

function answer(batch: DatagramBatch, slot: number, text: string): void {
  batch.reply(slot, batch.replies.write(text, batch.replyAt));
}

async function heardBy(
  { socket, heard }: { socket: Socket; heard: string[] },
  count: number,
): Promise<string[]> {
  while (heard.length < count) await once(socket, 'message');
  return heard;
}

describe('a batch of datagrams', () => {
  it('has nothing when nothing waits', () => {
    expect(new DatagramBatch().receive(server().fd)).toBe(0);
  });

  it('takes what waits, with its senders, and answers each of them', async () => {
    const batch = new DatagramBatch();
    const { fd, port } = server();
    const [one, other] = [await client(), await client()];
    await one.send('a', port);
    await other.send('bcd', port);
    expect(batch.receive(fd)).toBe(2);
    expect([textIn(batch, 0), textIn(batch, 1)]).toEqual(['a', 'bcd']);
    expect(batch.senderOf(1)).toEqual({ address: '127.0.0.1', port: other.socket.address().port });
    answer(batch, 1, 'to the other');
    answer(batch, 0, 'to the one');
    batch.send(fd);
    expect(await heardBy(one, 1)).toEqual(['to the one']);
    expect(await heardBy(other, 1)).toEqual(['to the other']);
  });

  it('leaves what has no slot to the next look', async () => {
    const batch = new DatagramBatch();
    const { fd, port } = server();
    const { send } = await client();
    for (let index = 0; index < SLOTS + 3; index++) await send(`${index}`, port);
    expect(batch.receive(fd)).toBe(SLOTS);
    expect(batch.receive(fd)).toBe(3);
    expect(textIn(batch, 2)).toBe(`${SLOTS + 2}`);
  });

  it('answers a datagram that somebody else has read', async () => {
    const batch = new DatagramBatch();
    const { fd } = server();
    const asking = await client();
    const sender = { address: '127.0.0.1', port: asking.socket.address().port };
    expect(batch.put(Buffer.from('x'), sender)).toBe(true);
    expect([textIn(batch, 0), batch.senderOf(0)]).toEqual(['x', sender]);
    answer(batch, 0, 'answer');
    batch.send(fd);
    expect(await heardBy(asking, 1)).toEqual(['answer']);
    expect(batch.put(Buffer.alloc(SLOT_BYTES + 1), sender)).toBe(false);
  });

  it('loses an answer that cannot be sent, and no other', async () => {
    const batch = new DatagramBatch();
    const { fd, port } = server();
    const asking = await client();
    await asking.send('a', port);
    batch.receive(fd);
    batch.put(Buffer.from('b'), { address: '203.0.113.1', port: 0 });
    answer(batch, 0, 'nowhere');
    batch.put(Buffer.from('a'), { address: '127.0.0.1', port: asking.socket.address().port });
    answer(batch, 0, 'here');
    batch.send(fd);
    expect(await heardBy(asking, 1)).toEqual(['here']);
  });
});
