import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BerthError } from '../../src/model/errors.ts';
import type { PortRequest } from '../../src/model/network.ts';
import { localPortRange } from '../../src/host/port-range.ts';
import { PortTable } from '../../src/network/ports/table.ts';

let table: PortTable;
/** A stretch of the loopback network for this process alone: tests and other programs do not meet there. */
const ip = (last: number) => `127.${(process.pid >> 8) & 127}.${process.pid & 255}.${last}`;

beforeEach(() => {
  table = new PortTable();
});
afterEach(() => table.releaseAll());

function request(rest: Partial<PortRequest>): PortRequest {
  const { hostPort = 0 } = rest;
  return { containerPort: 80, protocol: 'tcp', hostIp: ip(1), hostPort, hostPortEnd: hostPort, ...rest };
}

async function refusal(container: string, requests: readonly PortRequest[]): Promise<BerthError> {
  const error: unknown = await table.reserve({ container, requests }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof BerthError) return error;
  throw new Error(`the reservation was not refused: ${String(error)}`);
}

describe('one port', () => {
  it('is held by a real socket until it is released', async () => {
    const ports = await table.reserve({ container: 'a', requests: [request({ hostPort: 8080 })] });
    expect(ports).toEqual([{ containerPort: 80, protocol: 'tcp', hostIp: ip(1), hostPort: 8080 }]);
    await expect(listen(ip(1), 8080)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    table.release('a');
    (await listen(ip(1), 8080)).close();
  });

  it('a port that must be one number comes before one that may be any, whatever the order', async () => {
    const requests = [
      request({ hostPort: 8080, hostPortEnd: 8081 }),
      request({ hostPort: 8080, hostPortEnd: 8080 }),
    ];
    const ports = await table.reserve({ container: 'a', requests });
    expect([...new Set(ports.map(({ hostPort }) => hostPort))]).toEqual([8081, 8080]);
  });

  it('UDP is held just so', async () => {
    await table.reserve({ container: 'a', requests: [request({ hostPort: 5353, protocol: 'udp' })] });
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    socket.bind(5353, ip(1));
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('EADDRINUSE');
    socket.close();
  });

  it('TCP and UDP with the same number live side by side', async () => {
    const requests = [request({ hostPort: 53 + 8000 }), request({ hostPort: 53 + 8000, protocol: 'udp' })];
    expect(await table.reserve({ container: 'a', requests })).toHaveLength(2);
  });

  it('so do two loopback addresses', async () => {
    const requests = [request({ hostPort: 8080 }), request({ hostPort: 8080, hostIp: ip(2) })];
    expect(await table.reserve({ container: 'a', requests })).toHaveLength(2);
  });

  it('can be taken again at once after a release', async () => {
    for (let turn = 0; turn < 3; turn++) {
      await table.reserve({ container: 'a', requests: [request({ hostPort: 8080 })] });
      table.release('a');
    }
  });

  it('asked for again by the same container is the same', async () => {
    const requests = [request({}), request({ protocol: 'udp' })];
    const first = await table.reserve({ container: 'a', requests });
    expect(await table.reserve({ container: 'a', requests })).toEqual(first);
  });

  it('asked for otherwise by the same container replaces what it had', async () => {
    await table.reserve({ container: 'a', requests: [request({ hostPort: 8080 })] });
    await table.reserve({ container: 'a', requests: [request({ hostPort: 8081 })] });
    await table.reserve({ container: 'b', requests: [request({ hostPort: 8080 })] });
  });
});

describe('every address', () => {
  it('is 0.0.0.0 and [::] under one number', async () => {
    const ports = await table.reserve({ container: 'a', requests: [request({ hostIp: '' })] });
    const [four, six] = ports;
    expect(ports.map(({ hostIp }) => hostIp)).toEqual(['0.0.0.0', '::']);
    expect(four?.hostPort).toBe(six?.hostPort);
    await expect(listen('::1', four?.hostPort ?? 0)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('a number that is taken on [::] alone is skipped for both', async () => {
    const [first] = await table.reserve({ container: 'a', requests: [request({ hostIp: '' })] });
    const start = first?.hostPort ?? 0;
    const other = await listen('::', start + 1, true);
    const [next] = await table.reserve({ container: 'b', requests: [request({ hostIp: '' })] });
    expect(next?.hostPort).toBeGreaterThan(start + 1);
    other.close();
  });
});

describe('ranges', () => {
  const range = (first: number, last: number) => request({ hostPort: first, hostPortEnd: last });

  it('the first free port is given', async () => {
    const numbers = [];
    for (const container of ['a', 'b', 'c']) {
      numbers.push(...(await table.reserve({ container, requests: [range(9000, 9005)] })));
    }
    expect(numbers.map(({ hostPort }) => hostPort)).toEqual([9000, 9001, 9002]);
  });

  it('twenty containers at the same time get twenty ports', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        table.reserve({ container: `c${index}`, requests: [range(9000, 9019)] }),
      ),
    );
    expect(new Set(all.flat().map(({ hostPort }) => hostPort)).size).toBe(20);
  });

  it('one that is used up says so', async () => {
    await table.reserve({ container: 'a', requests: [range(9000, 9001), range(9000, 9001)] });
    const error = await refusal('b', [range(9000, 9001)]);
    expect(error.code).toBe('PORT_RANGE_EXHAUSTED');
    expect(error.message).toContain('all ports are allocated');
    expect(error.message).toContain('9000-9001/tcp');
  });
});

describe('any port', () => {
  it('comes out of the kernel’s own range, a different one each time', async () => {
    const requests = [request({}), request({}), request({})];
    const numbers = (await table.reserve({ container: 'a', requests })).map(({ hostPort }) => hostPort);
    expect(new Set(numbers).size).toBe(3);
    for (const number of numbers) {
      expect(number).toBeGreaterThanOrEqual(localPortRange().first);
      expect(number).toBeLessThanOrEqual(localPortRange().last);
    }
  });

  it('one just released is not given out at once', async () => {
    const [first] = await table.reserve({ container: 'a', requests: [request({})] });
    table.release('a');
    const [second] = await table.reserve({ container: 'b', requests: [request({})] });
    expect(second?.hostPort).not.toBe(first?.hostPort);
  });
});

describe('conflicts', () => {
  it('with another program name it, and a free port nearby', async () => {
    const other = await listen(ip(1), 8080);
    const error = await refusal('a', [request({ hostPort: 8080 })]);
    other.close();
    expect(error).toMatchObject({ code: 'PORT_TAKEN', status: 500 });
    expect(error.message).toContain(`Bind for ${ip(1)}:8080 failed: port is already allocated`);
    expect(error.message).toContain(`(pid ${process.pid}, in ${process.cwd()})`);
    expect(error.hint).toContain('Free one nearby: 8081');
  });

  it('with another container name it', async () => {
    const title = 'container shop-web-1 of project shop';
    await table.reserve({ container: 'a', title, requests: [request({ hostPort: 8080 })] });
    const error = await refusal('b', [request({ hostPort: 8080 })]);
    expect(error.message).toContain('container shop-web-1 of project shop');
    expect(table.ownerOf({ protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 8080 })).toBe(title);
  });

  it('within one container are found as well', async () => {
    const twice = [request({ hostPort: 8080 }), request({ hostPort: 8080, containerPort: 81 })];
    expect((await refusal('a', twice)).message).toContain('container a');
  });

  it('leave nothing taken, and are all told', async () => {
    await table.reserve({
      container: 'a',
      requests: [request({ hostPort: 8080 }), request({ hostPort: 8082 })],
    });
    const wanted = [8079, 8080, 8081, 8082].map((hostPort) => request({ hostPort }));
    const error = await refusal('b', wanted);
    expect(error.message).toContain(':8080');
    expect(error.others.map(({ message }) => message)).toEqual([expect.stringContaining(':8082')]);
    for (const hostPort of [8079, 8081]) (await listen(ip(1), hostPort)).close();
  });

  it('an address of another machine is none of ours', async () => {
    const error = await refusal('a', [request({ hostIp: '192.0.2.1', hostPort: 8080 })]);
    expect(error).toMatchObject({ code: 'PORT_ADDRESS_UNKNOWN' });
    expect(error.message).toContain('cannot assign requested address');
  });
});

describe('adoption after a restart', () => {
  const port = { containerPort: 80, protocol: 'tcp', hostPort: 8080 } as const;

  it('holds the ports again', async () => {
    expect(table.adopt({ container: 'a', ports: [{ ...port, hostIp: ip(1) }] })).toEqual([]);
    await expect(listen(ip(1), 8080)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('tells which ports somebody else has, and keeps the rest', async () => {
    const thief = await listen(ip(1), 8080);
    const ports = [
      { ...port, hostIp: ip(1) },
      { ...port, hostIp: ip(2) },
    ];
    expect(table.adopt({ container: 'a', ports })).toEqual([ports[0]]);
    thief.close();
    const error = await refusal('b', [request({ hostPort: 8080 })]);
    expect(error.message).toContain('container a');
  });
});

describe('forwarding', () => {
  it('connections wait until it is known where to, and then go there', async () => {
    const echo = await listen(ip(3), 7000);
    echo.on('connection', (socket) => socket.pipe(socket));
    await table.reserve({ container: 'a', requests: [request({ hostPort: 8080, containerPort: 7000 })] });
    const client = connect(8080, ip(1));
    await once(client, 'connect');
    client.end('early');
    await new Promise((resolve) => setTimeout(resolve, 50));
    table.forward({ container: 'a', address: ip(3) });
    expect(await textOf(client)).toBe('early');
    echo.close();
  });

  it('one direction may end before the other, and nothing is lost to a slow reader', async () => {
    const size = 8 << 20;
    const server = await listen(ip(3), 7000, false, true);
    server.on('connection', (socket) => {
      socket.resume();
      socket.on('end', () => socket.end(Buffer.alloc(size, 'x')));
    });
    await reserveAndForward(8080, 7000);
    const client = connect({ port: 8080, host: ip(1), allowHalfOpen: true });
    client.end('done asking');
    await new Promise((resolve) => setTimeout(resolve, 100));
    let length = 0;
    for await (const chunk of client) {
      length += (chunk as Buffer).length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(length).toBe(size);
    server.close();
  });

  it('where nobody listens the client hears of it', async () => {
    await reserveAndForward(8080, 7001);
    const client = connect(8080, ip(1));
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
  });

  it('releasing ends connections that run through it', async () => {
    const server = await listen(ip(3), 7000);
    await reserveAndForward(8080, 7000);
    const client = connect(8080, ip(1)).resume();
    await once(server, 'connection');
    table.release('a');
    await once(client, 'close');
    server.close();
  });

  it('datagrams of several clients find their way there and back', async () => {
    const echo = createSocket('udp4');
    echo.on('message', (data, sender) => echo.send(`echo ${data.toString()}`, sender.port, sender.address));
    echo.bind(7000, ip(3));
    await once(echo, 'listening');
    const udp = request({ hostPort: 8080, containerPort: 7000, protocol: 'udp' });
    await table.reserve({ container: 'a', requests: [udp] });
    table.forward({ container: 'a', address: ip(3) });
    const answers = await Promise.all(['one', 'two'].map((text) => askOverUdp(text)));
    expect(answers).toEqual(['echo one', 'echo two']);
    echo.close();
  });
});

async function reserveAndForward(hostPort: number, containerPort: number): Promise<void> {
  await table.reserve({ container: 'a', requests: [request({ hostPort, containerPort })] });
  table.forward({ container: 'a', address: ip(3) });
}

async function askOverUdp(text: string): Promise<string> {
  const socket = createSocket('udp4');
  socket.send(text, 8080, ip(1));
  const [data] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  return data.toString();
}

async function listen(host: string, port: number, ipv6Only = false, allowHalfOpen = false) {
  const server = createServer({ allowHalfOpen });
  server.listen({ host, port, ipv6Only });
  await once(server, 'listening');
  expect((server.address() as AddressInfo).port).toBe(port);
  return server;
}

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
