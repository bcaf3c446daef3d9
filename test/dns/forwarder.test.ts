import packet from 'dns-packet';
import type { DecodedPacket } from 'dns-packet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Forwarder, FORWARDS_MAX } from '../../src/dns/forwarder.ts';
import { parseQuery } from '../../src/dns/query.ts';
import type { Upstream } from '../../src/dns/upstreams.ts';
import { addressAnswer, NXDOMAIN, REFUSED, SERVFAIL, UpstreamServer } from './upstream-server.ts';
import type { Reaction } from './upstream-server.ts';

const patience = { staggerMs: 150, totalMs: 600 };
const failures: string[] = [];
let forwarder: Forwarder;

beforeEach(() => {
  failures.length = 0;
  forwarder = new Forwarder({ patience, onFailure: (name) => failures.push(name) });
});
afterEach(() => forwarder.close());

type Decoded = DecodedPacket & { rcode: string };

async function ask(
  upstreams: readonly Upstream[],
  options: { transport?: 'udp' | 'tcp'; id?: number } = {},
): Promise<Decoded> {
  const { transport = 'udp', id = 77 } = options;
  const questions = [{ name: 'Example.org', type: 'A' as const }];
  const message = packet.encode({ type: 'query', id, flags: packet.RECURSION_DESIRED, questions });
  const query = parseQuery(message);
  if (query?.kind !== 'query') throw new Error('the test asks a bad question');
  return packet.decode(await forwarder.forward({ message, query, transport, upstreams })) as Decoded;
}

function dataOf(decoded: Decoded): unknown[] {
  return (decoded.answers ?? []).map((answer) => 'data' in answer && answer.data);
}

const says =
  (address: string): Reaction =>
  (question) =>
    addressAnswer(question, address);
const fails =
  (flags: number): Reaction =>
  () => ({ flags });
const silent: Reaction = () => undefined;

describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
  it('the first server is asked and nobody else', async () => {
    await using first = await UpstreamServer.start(says('192.0.2.1'));
    await using second = await UpstreamServer.start(says('192.0.2.2'));
    const decoded = await ask([first.upstream, second.upstream], { transport });
    expect(dataOf(decoded)).toEqual(['192.0.2.1']);
    expect(decoded.questions?.[0]?.name).toBe('Example.org');
    expect([first.questions.length, second.questions.length]).toEqual([1, 0]);
  });

  it.each([
    ['SERVFAIL', fails(SERVFAIL)],
    ['REFUSED', fails(REFUSED)],
    ['a torn reply', () => Buffer.alloc(5)],
  ] as const)('%s leads to the next server', async (_title, reaction) => {
    await using first = await UpstreamServer.start(reaction);
    await using second = await UpstreamServer.start(says('192.0.2.2'));
    const decoded = await ask([first.upstream, second.upstream], { transport });
    expect(dataOf(decoded)).toEqual(['192.0.2.2']);
    expect([first.questions.length, second.questions.length]).toEqual([1, 1]);
  });

  it('a silent server does not keep the next one from being asked', async () => {
    await using first = await UpstreamServer.start(silent);
    await using second = await UpstreamServer.start(says('192.0.2.2'));
    expect(dataOf(await ask([first.upstream, second.upstream], { transport }))).toEqual(['192.0.2.2']);
  });

  it('where nobody listens the next server is asked at once', async () => {
    await using second = await UpstreamServer.start(says('192.0.2.2'));
    const begin = performance.now();
    const nobody = { address: '127.0.0.1', port: await freePort() };
    expect(dataOf(await ask([nobody, second.upstream], { transport }))).toEqual(['192.0.2.2']);
    expect(performance.now() - begin).toBeLessThan(patience.staggerMs);
  });

  it('a name that does not exist is final, with the authority that says so', async () => {
    const authority = {
      type: 'SOA',
      name: 'org',
      data: { mname: 'a', rname: 'b', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 },
    } as const;
    await using first = await UpstreamServer.start(() => ({ flags: NXDOMAIN, authorities: [authority] }));
    await using second = await UpstreamServer.start(says('192.0.2.2'));
    const decoded = await ask([first.upstream, second.upstream], { transport });
    expect(decoded).toMatchObject({ rcode: 'NXDOMAIN', answers: [], authorities: [{ type: 'SOA' }] });
    expect(second.questions.length).toBe(0);
  });

  it('when all fail the client hears SERVFAIL, with its question', async () => {
    await using first = await UpstreamServer.start(fails(SERVFAIL));
    await using second = await UpstreamServer.start(silent);
    const decoded = await ask([first.upstream, second.upstream], { transport });
    expect(decoded).toMatchObject({ rcode: 'SERVFAIL', id: 77, questions: [{ name: 'Example.org' }] });
    expect(failures).toEqual(['Example.org']);
  });

  it('the client’s id is kept from the server and restored', async () => {
    await using first = await UpstreamServer.start(says('192.0.2.1'));
    const ids = [];
    for (let turn = 0; turn < 4; turn++) ids.push((await ask([first.upstream], { transport, id: 5 })).id);
    expect(ids).toEqual([5, 5, 5, 5]);
    expect(first.questions.some((question) => question.id !== 5)).toBe(true);
  });
});

describe('replies', () => {
  it('without servers SERVFAIL comes at once', async () => {
    const begin = performance.now();
    expect(await ask([])).toMatchObject({ rcode: 'SERVFAIL', questions: [{ name: 'Example.org' }] });
    expect(performance.now() - begin).toBeLessThan(100);
  });

  it('a UDP reply that is longer than the client asked for comes through whole', async () => {
    await using first = await UpstreamServer.start((question) => {
      const name = question.questions?.[0]?.name ?? '';
      const one = (index: number) => ({ type: 'A', name, ttl: 1, data: `192.0.2.${index}` }) as const;
      return { answers: Array.from({ length: 40 }, (_, index) => one(index)) };
    });
    expect((await ask([first.upstream])).answers?.length).toBe(40);
  });

  it('a reply with the wrong id or to another question is not taken', async () => {
    await using first = await UpstreamServer.start((question) => ({
      ...addressAnswer(question, '6.6.6.6'),
      id: 0,
    }));
    await using second = await UpstreamServer.start((question) => ({
      ...addressAnswer(question, '6.6.6.6'),
      questions: [{ name: 'other.org', type: 'A' }],
    }));
    expect(await ask([first.upstream, second.upstream])).toMatchObject({ rcode: 'SERVFAIL' });
  });

  it('a server that answers late is still heard while the next one is silent', async () => {
    await using late = await UpstreamServer.start(silent);
    await using second = await UpstreamServer.start(silent);
    const answer = ask([late.upstream, second.upstream]);
    await expect.poll(() => second.questions.length).toBe(1);
    expect(await answer).toMatchObject({ rcode: 'SERVFAIL' });
  });
});

describe('limits', () => {
  it('more than 1,024 waiting questions are refused, and room comes back', async () => {
    await using mute = await UpstreamServer.start(silent);
    const waiting = Array.from({ length: FORWARDS_MAX }, () => ask([mute.upstream]));
    expect(await ask([mute.upstream])).toMatchObject({ rcode: 'REFUSED' });
    await Promise.all(waiting);
    expect(forwarder.waiting).toBe(0);
  });

  it('closing ends what waits', async () => {
    await using mute = await UpstreamServer.start(silent);
    const begin = performance.now();
    const waiting = ask([mute.upstream]);
    forwarder.close();
    expect(await waiting).toMatchObject({ rcode: 'SERVFAIL' });
    expect(performance.now() - begin).toBeLessThan(patience.staggerMs);
  });
});

async function freePort(): Promise<number> {
  const server = await UpstreamServer.start(silent);
  await server[Symbol.asyncDispose]();
  return server.port;
}
