/**
 * The resolver and the port table as a process of their own inside a private host, steered by a test: one JSON
 * request a line over a unix socket, one JSON reply a line. Argument: path of the socket.
 */
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { Resolver } from '../../../src/dns/resolver.ts';
import type { OpenResolver } from '../../../src/dns/resolver.ts';
import { HostUpstreams } from '../../../src/dns/upstreams.ts';
import { ZoneTable } from '../../../src/dns/zone.ts';
import type { ZoneEndpoint } from '../../../src/dns/zone.ts';
import { BerthError } from '../../../src/model/errors.ts';
import type { PortRequest, PublishedPort } from '../../../src/model/network.ts';
import { PortTable } from '../../../src/network/ports/table.ts';

const zone = new ZoneTable();
const hostUpstreams = new HostUpstreams();
const resolver = new Resolver({
  zone,
  upstreams: () => hostUpstreams.current(),
  log: (line) => console.log(line),
});
const ports = new PortTable();

const operations = {
  setEndpoint: (endpoint: ZoneEndpoint) => zone.setEndpoint(endpoint),
  removeContainer: (id: string) => zone.removeContainer(id),
  open: (request: OpenResolver) => resolver.open(request),
  close: (id: string) => resolver.close(id),
  reserve: (wish: { container: string; title?: string; requests: PortRequest[] }) => ports.reserve(wish),
  adopt: (claim: { container: string; ports: PublishedPort[] }) => ports.adopt(claim),
  forward: (order: { container: string; address: string }) => ports.forward(order),
  release: (container: string) => ports.release(container),
  state: () => ({
    descriptors: readdirSync('/proc/self/fd').length,
    residentMiB: process.memoryUsage().rss / (1 << 20),
  }),
};

export type Operations = typeof operations;

const [path = ''] = process.argv.slice(2);
createServer((socket) => {
  createInterface({ input: socket }).on('line', (line) => {
    const { operation, argument } = JSON.parse(line) as { operation: keyof Operations; argument: never };
    void reply(operation, argument).then((value) => socket.write(`${JSON.stringify(value)}\n`));
  });
}).listen(path, () => console.log('ready'));

async function reply(operation: keyof Operations, argument: never): Promise<unknown> {
  try {
    return { value: (await operations[operation](argument)) ?? null };
  } catch (error) {
    if (!(error instanceof BerthError)) return { error: { message: String(error) } };
    return { error: { code: error.code, message: error.message, hint: error.hint } };
  }
}
