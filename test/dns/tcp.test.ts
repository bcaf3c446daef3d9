import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { once } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { framed, MessageReader } from '../../src/dns/tcp-frames.ts';
import { TcpService } from '../../src/dns/tcp-service.ts';
import { bindSocket } from '../../src/host/sockets.ts';

const message = (length: number, fill = 1) => Buffer.alloc(length, fill);

describe('frames', () => {
  it('come out as they went in, however the stream is cut', () => {
    const messages = fc.array(fc.uint8Array({ minLength: 12, maxLength: 300 }), { maxLength: 5 });
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 50 }), (parts, step) => {
        const wanted = parts.map((part) => Buffer.from(part));
        const stream = Buffer.concat(wanted.map(framed));
        const reader = new MessageReader();
        const got: Buffer[] = [];
        for (let at = 0; at < stream.length; at += step)
          got.push(...reader.push(stream.subarray(at, at + step)));
        expect(got).toEqual(wanted);
      }),
    );
  });

  it('a frame too short for a header breaks the stream', () => {
    const reader = new MessageReader();
    expect(
      reader.push(Buffer.concat([framed(message(20)), framed(message(11)), framed(message(20))])),
    ).toHaveLength(1);
    expect(reader.isBroken).toBe(true);
    expect(reader.push(framed(message(20)))).toEqual([]);
  });

  it('any bytes are taken without a throw', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 })), (chunks) => {
        const reader = new MessageReader();
        for (const chunk of chunks) reader.push(Buffer.from(chunk));
      }),
    );
  });
});

describe('service', () => {
  let service: TcpService;
  let port: number;
  let respond: (message: Buffer) => Buffer | undefined | Promise<Buffer | undefined>;
  const sockets: Socket[] = [];

  beforeEach(() => {
    const bound = bindSocket({ protocol: 'tcp', address: '127.0.0.1', port: 0 });
    port = bound.port;
    respond = (question) => question;
    service = new TcpService({ fd: bound.fd, respond: (question) => respond(question) });
  });
  afterEach(() => {
    service.close();
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  async function client(options: { allowHalfOpen?: boolean } = {}): Promise<Socket> {
    const socket = connect({ port, host: '127.0.0.1', ...options });
    // A server that cuts a client off resets the connection.
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  async function readMessages(socket: Socket, count: number): Promise<Buffer[]> {
    const reader = new MessageReader();
    const got: Buffer[] = [];
    for await (const chunk of socket) {
      got.push(...reader.push(chunk as Buffer));
      if (got.length >= count) break;
    }
    return got;
  }

  it('answers several questions of one connection as the answers come', async () => {
    const slow = message(20, 1);
    const quick = message(20, 2);
    respond = async (question) => {
      if (question[0] === 1) await new Promise((resolve) => setTimeout(resolve, 50));
      return question;
    };
    const socket = await client();
    socket.write(Buffer.concat([framed(slow), framed(quick)]));
    expect(await readMessages(socket, 2)).toEqual([quick, slow]);
  });

  it('a client that ends its side first still gets its answer, and the end', async () => {
    const socket = await client({ allowHalfOpen: true });
    socket.end(framed(message(30)));
    const got: Buffer[] = [];
    for await (const chunk of socket) got.push(chunk as Buffer);
    expect(Buffer.concat(got)).toEqual(framed(message(30)));
  });

  it('one client with half a message does not hold up another', async () => {
    const stuck = await client();
    stuck.write(Buffer.from([0]));
    const other = await client();
    other.write(framed(message(12)));
    expect(await readMessages(other, 1)).toHaveLength(1);
  });

  it('nonsense ends the connection', async () => {
    const socket = await client();
    socket.write(Buffer.from([0, 0, 0, 0]));
    socket.resume();
    await once(socket, 'close');
  });

  it('a client that does not read is cut off before it fills our memory', async () => {
    respond = () => message(60_000);
    const socket = await client();
    socket.pause();
    const closed = new Promise((resolve) => socket.on('close', resolve));
    const questions = Buffer.concat(Array<Buffer>(50).fill(framed(message(12))));
    const feed = setInterval(() => socket.write(questions), 5);
    await closed;
    clearInterval(feed);
  });

  it('more questions than may wait are read once there is room', async () => {
    let waiting = 0;
    let most = 0;
    respond = async (question) => {
      most = Math.max(most, ++waiting);
      await new Promise((resolve) => setTimeout(resolve, 5));
      waiting--;
      return question;
    };
    const socket = await client();
    for (let turn = 0; turn < 40; turn++) {
      socket.write(Buffer.concat(Array<Buffer>(10).fill(framed(message(12)))));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await readMessages(socket, 400)).toHaveLength(400);
    expect(most).toBeLessThan(400);
  });

  it('closing ends connections', async () => {
    const socket = await client();
    socket.resume();
    service.close();
    await once(socket, 'close');
  });
});
