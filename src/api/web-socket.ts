import { createHash } from 'node:crypto';
import { PassThrough, type Readable, Writable } from 'node:stream';
import type { Socket } from 'node:net';
import type { Call } from './call.ts';
import { badRequest } from './errors.ts';

/** A web socket taken over from HTTP, as a pair of byte streams: RFC 6455. */
export interface WebSocketStreams {
  /** The payload of what the client sends; ends when it closes. */
  readonly input: Readable;
  /** Each write is a message; its end closes the web socket. */
  readonly output: Writable;
}

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
/** What a client may put into one frame. */
const FRAME_BYTES_MAX = 1 << 20;

/** Answers the handshake. Throws EngineError BAD_REQUEST where the request is none. */
export function takeWebSocket({ request, response, upgrade: socket }: Call): WebSocketStreams {
  const key = request.headers['sec-websocket-key'];
  const isAsked = (request.headers.upgrade ?? '').toLowerCase() === 'websocket';
  if (!socket || !isAsked || key === undefined) throw badRequest('the request is no web socket handshake');
  response.detachSocket(socket);
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64');
  const [protocol] = (request.headers['sec-websocket-protocol'] ?? '').split(',');
  const head = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    ...(protocol ? [`Sec-WebSocket-Protocol: ${protocol.trim()}`] : []),
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  return { input: inputOf(socket), output: outputOf(socket) };
}

function outputOf(socket: Socket): Writable {
  return new Writable({
    write: (data: Buffer, _encoding, done) => {
      if (socket.destroyed || socket.writableEnded) done();
      else if (socket.write(frame(OPCODES.binary, data))) done();
      else awaitRoom(socket, done);
    },
    final: (done) => {
      if (!socket.destroyed && !socket.writableEnded)
        socket.end(frame(OPCODES.close, Buffer.from([0x03, 0xe8])));
      done();
    },
  });
}

function awaitRoom(socket: Socket, done: () => void): void {
  const go = (): void => {
    socket.off('drain', go).off('close', go);
    done();
  };
  socket.on('drain', go).on('close', go);
}

function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head =
    length < 126
      ? Buffer.from([0x80 | opcode, length])
      : length < 65_536
        ? Buffer.from([0x80 | opcode, 126, length >> 8, length & 0xff])
        : Buffer.concat([Buffer.from([0x80 | opcode, 127]), lengthOf64(length)]);
  return Buffer.concat([head, payload]);
}

function lengthOf64(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}

function inputOf(socket: Socket): Readable {
  const input = new PassThrough();
  let waiting: Buffer = Buffer.alloc(0);
  const finish = (): void => {
    socket.off('data', take);
    input.end();
  };
  const take = (chunk: Buffer): void => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    for (;;) {
      const found = readFrame(waiting);
      if (found === undefined) return;
      if (found === 'invalid') {
        socket.destroy();
        finish();
        return;
      }
      waiting = waiting.subarray(found.sizeBytes);
      if (found.opcode === OPCODES.close) {
        finish();
        return;
      }
      if (found.opcode === OPCODES.ping) socket.write(frame(OPCODES.pong, found.payload));
      else if (found.opcode !== OPCODES.pong && !input.write(found.payload)) {
        socket.pause();
        input.once('drain', () => socket.resume());
      }
    }
  };
  socket.on('data', take);
  socket.once('end', finish);
  socket.once('close', finish);
  return input;
}

interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
  /** Of the whole frame. */
  readonly sizeBytes: number;
}

/** Undefined: there is more to come. Clients have to mask what they send. */
function readFrame(bytes: Buffer): Frame | 'invalid' | undefined {
  if (bytes.length < 2) return undefined;
  const [first = 0, second = 0] = bytes;
  const short = second & 0x7f;
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  const start = 2 + extra + 4;
  if ((second & 0x80) === 0) return 'invalid';
  if (bytes.length < start) return undefined;
  const length = extra === 0 ? short : extra === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (length > FRAME_BYTES_MAX) return 'invalid';
  if (bytes.length < start + length) return undefined;
  const mask = bytes.subarray(start - 4, start);
  const payload = Buffer.from(bytes.subarray(start, start + length));
  for (let index = 0; index < payload.length; index += 1)
    payload[index] = (payload[index] ?? 0) ^ (mask[index % 4] ?? 0);
  return { opcode: first & 0x0f, payload, sizeBytes: start + length };
}
