import packet from 'dns-packet';
import type { DecodedPacket, Packet } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Answerer, OWN_TTL_SECONDS } from '../../src/dns/answerer.ts';
import { ZoneTable } from '../../src/dns/zone.ts';

const network = { id: 'n', name: 'net1', internal: false };

function zoneWith(replicas: number, ipv6 = false): ZoneTable {
  const zone = new ZoneTable();
  const rest = { network, names: ['name1'], ipv6: '' };
  zone.setEndpoint({ ...rest, containerId: 'me', containerName: 'me', ipv4: '192.168.9.9', names: [] });
  for (let index = 0; index < replicas; index++) {
    zone.setEndpoint({
      ...rest,
      containerId: `c${index}`,
      containerName: `web-${index}`,
      ipv4: `192.168.${index >> 8}.${index & 255}`,
      ipv6: ipv6 ? `fd00::${(index + 1).toString(16)}` : '',
    });
  }
  return zone;
}

function answererOf(zone: ZoneTable, random = Math.random): Answerer {
  return new Answerer({ zone, asker: 'me', random });
}

function query(question: { name: string; type?: string }, rest: Packet = {}): Buffer {
  return packet.encode({
    type: 'query',
    id: 4711,
    flags: packet.RECURSION_DESIRED,
    questions: [{ name: question.name, type: (question.type ?? 'A') as 'A' }],
    ...rest,
  });
}

const edns = (udpPayloadSize: number, ednsVersion = 0): Packet => ({
  additionals: [
    {
      type: 'OPT',
      name: '.',
      udpPayloadSize,
      extendedRcode: 0,
      ednsVersion,
      flags: 0,
      flag_do: false,
      options: [],
    },
  ],
});

type Decoded = DecodedPacket & { rcode: string };

function reply(
  message: Buffer,
  answerer = answererOf(zoneWith(1)),
  transport: 'udp' | 'tcp' = 'udp',
): Decoded {
  const verdict = answerer.answer(message, transport);
  if (!Buffer.isBuffer(verdict)) throw new Error(`no reply: ${JSON.stringify(verdict)}`);
  return packet.decode(verdict) as Decoded;
}

function dataOf(decoded: Decoded): unknown[] {
  return (decoded.answers ?? []).map((answer) => 'data' in answer && answer.data);
}

describe('answers', () => {
  it('a known name has its address, with the flags of a recursive server and a short life', () => {
    const decoded = reply(query({ name: 'name1' }));
    expect(decoded).toMatchObject({
      id: 4711,
      type: 'response',
      rcode: 'NOERROR',
      flag_aa: false,
      flag_rd: true,
      flag_ra: true,
      flag_tc: false,
      questions: [{ name: 'name1', type: 'A', class: 'IN' }],
      answers: [{ name: 'name1', type: 'A', class: 'IN', ttl: OWN_TTL_SECONDS, data: '192.168.0.0' }],
    });
    expect(OWN_TTL_SECONDS).toBeLessThanOrEqual(1);
  });

  it('the case of the question is kept in question and answer', () => {
    const decoded = reply(query({ name: 'NaMe1' }));
    expect(decoded.questions?.[0]?.name).toBe('NaMe1');
    expect(decoded.answers?.[0]?.name).toBe('NaMe1');
    expect(dataOf(decoded)).toEqual(['192.168.0.0']);
  });

  it('an IPv6 address is written out in full', () => {
    const decoded = reply(query({ name: 'name1', type: 'AAAA' }), answererOf(zoneWith(1, true)));
    expect(dataOf(decoded)).toEqual(['fd00::1']);
  });

  it.each(['MX', 'TXT', 'SRV', 'HTTPS', 'CNAME', 'NS', 'SOA', 'ANY', 'AAAA'])(
    'a known name has no %s record, and the question goes nowhere else',
    (type) => {
      const decoded = reply(query({ name: 'name1', type }));
      expect(decoded).toMatchObject({ rcode: 'NOERROR', answers: [] });
    },
  );

  it('an address has the first name of its container and its network', () => {
    const decoded = reply(query({ name: '0.0.168.192.in-addr.arpa', type: 'PTR' }));
    expect(dataOf(decoded)).toEqual(['web-0.net1']);
  });

  it('a network whose name DNS can’t carry is left out of the pointer', () => {
    const zone = new ZoneTable();
    const odd = { id: 'o', name: 'x'.repeat(80), internal: false };
    zone.setEndpoint({
      containerId: 'me',
      containerName: 'box',
      network: odd,
      ipv4: '10.0.0.1',
      ipv6: '',
      names: [],
    });
    expect(dataOf(reply(query({ name: '1.0.0.10.in-addr.arpa', type: 'PTR' }), answererOf(zone)))).toEqual([
      'box',
    ]);
  });

  it('an unknown name is to be forwarded, with the question as it was', () => {
    const verdict = answererOf(zoneWith(1)).answer(query({ name: 'Example.ORG', type: 'MX' }), 'udp');
    expect(verdict).toMatchObject({ forward: { name: 'Example.ORG', type: 15 } });
  });

  it('an unknown single label does not exist where the container has set ndots, and goes nowhere', () => {
    const zone = zoneWith(1);
    const strict = new Answerer({ zone, asker: 'me', random: Math.random, keepsSingleLabels: true });
    for (const type of ['A', 'AAAA']) {
      expect(reply(query({ name: 'nobody', type }), strict)).toMatchObject({ rcode: 'NOERROR', answers: [] });
      expect(answererOf(zone).answer(query({ name: 'nobody', type }), 'udp')).toHaveProperty('forward');
    }
    expect(dataOf(reply(query({ name: 'name1' }), strict))).toEqual(['192.168.0.0']);
    for (const question of [{ name: 'nobody.test' }, { name: 'nobody', type: 'MX' }])
      expect(strict.answer(query(question), 'udp')).toHaveProperty('forward');
  });

  it('a label with a dot in it is no name of ours', () => {
    const zone = zoneWith(1);
    const message = query({ name: 'name1_net1' });
    message[message.indexOf('_')] = '.'.charCodeAt(0);
    expect(answererOf(zone).answer(message, 'udp')).toHaveProperty('forward');
  });

  it('the id and the RD and CD flags of each question come back, out of the kept reply too', () => {
    const answerer = answererOf(zoneWith(1));
    const first = reply(query({ name: 'name1' }, { id: 1, flags: packet.RECURSION_DESIRED }), answerer);
    const second = reply(query({ name: 'name1' }, { id: 65_535, flags: packet.CHECKING_DISABLED }), answerer);
    expect([first.id, first.flag_rd, first.flag_cd]).toEqual([1, true, false]);
    expect([second.id, second.flag_rd, second.flag_cd]).toEqual([65_535, false, true]);
    expect(dataOf(second)).toEqual(dataOf(first));
  });

  it('a change of the zone is in the very next reply', () => {
    const zone = zoneWith(1);
    const answerer = answererOf(zone);
    reply(query({ name: 'name1' }), answerer);
    zone.removeContainer('c0');
    expect(answerer.answer(query({ name: 'name1' }), 'udp')).toHaveProperty('forward');
  });
});

describe('order', () => {
  it('each replica comes first about as often', () => {
    const answerer = answererOf(zoneWith(4));
    const counts = new Map<unknown, number>();
    for (let turn = 0; turn < 4000; turn++) {
      const [first] = dataOf(reply(query({ name: 'name1' }), answerer));
      counts.set(first, (counts.get(first) ?? 0) + 1);
    }
    expect(counts.size).toBe(4);
    for (const count of counts.values()) expect(count).toBeGreaterThan(800);
  });

  it('shuffling loses and repeats none, for either family', () => {
    const answerer = answererOf(zoneWith(9, true));
    for (const type of ['A', 'AAAA']) {
      const data = dataOf(reply(query({ name: 'name1', type }), answerer));
      expect(new Set(data).size).toBe(9);
    }
  });

  it('the order comes from the random source alone', () => {
    const orders = [1, 2].map(() =>
      dataOf(
        reply(
          query({ name: 'name1' }),
          answererOf(zoneWith(5), () => 0.3),
        ),
      ),
    );
    expect(orders[0]).toEqual(orders[1]);
  });
});

describe('size', () => {
  const many = zoneWith(200);

  it('what does not fit into 512 bytes is cut and says so', () => {
    const message = query({ name: 'name1' });
    const verdict = answererOf(many).answer(message, 'udp');
    expect(Buffer.isBuffer(verdict) && verdict.length).toBeLessThanOrEqual(512);
    const decoded = reply(message, answererOf(many));
    expect(decoded.flag_tc).toBe(true);
    expect(decoded.answers?.length).toBe(Math.floor((512 - message.length) / 16));
  });

  it('every replica has its turn in a cut reply', () => {
    const answerer = answererOf(many);
    const seen = new Set<unknown>();
    for (let turn = 0; turn < 200; turn++)
      dataOf(reply(query({ name: 'name1' }), answerer)).forEach((data) => seen.add(data));
    expect(seen.size).toBe(200);
  });

  it('a client that takes more gets more, and an OPT record as it sent one', () => {
    const decoded = reply(query({ name: 'name1' }, edns(4096)), answererOf(many));
    expect(decoded.flag_tc).toBe(false);
    expect(decoded.answers?.length).toBe(200);
    expect(decoded.additionals?.[0]?.type).toBe('OPT');
  });

  it('a cut reply still ends with its OPT record', () => {
    const decoded = reply(query({ name: 'name1' }, edns(600)), answererOf(many));
    expect(decoded.flag_tc).toBe(true);
    expect(decoded.additionals?.[0]?.type).toBe('OPT');
  });

  it('a size below 512 counts as 512', () => {
    const few = reply(query({ name: 'name1' }, edns(1)), answererOf(zoneWith(20)));
    expect(few.flag_tc).toBe(false);
  });

  it('over TCP all come, up to 64 KiB', () => {
    const decoded = reply(query({ name: 'name1' }), answererOf(zoneWith(4000)), 'tcp');
    expect(decoded.flag_tc).toBe(false);
    expect(decoded.answers?.length).toBe(4000);
    expect(reply(query({ name: 'name1' }), answererOf(zoneWith(5000)), 'tcp').flag_tc).toBe(true);
  });
});

describe('bad messages', () => {
  const answerer = answererOf(zoneWith(1));
  const changed = (message: Buffer, change: (bytes: Buffer) => void): Buffer => {
    const copy = Buffer.from(message);
    change(copy);
    return copy;
  };
  const plain = query({ name: 'name1' });

  it('a message without a question is dropped', () => {
    expect(
      answerer.answer(
        changed(plain, (bytes) => bytes.writeUInt16BE(0, 4)),
        'udp',
      ),
    ).toBe('drop');
  });

  it('a reply is dropped: two servers must not talk to each other for ever', () => {
    expect(
      answerer.answer(
        changed(plain, (bytes) => (bytes[2] = 0x81)),
        'udp',
      ),
    ).toBe('drop');
  });

  it('a message shorter than a header is dropped', () => {
    expect(answerer.answer(plain.subarray(0, 11), 'udp')).toBe('drop');
  });

  it.each([
    ['cut in the name', plain.subarray(0, 15)],
    ['cut behind the name', plain.subarray(0, plain.length - 3)],
    ['a pointer for a name', changed(plain, (bytes) => (bytes[12] = 0xc0))],
    ['a label of 64 bytes', Buffer.concat([plain.subarray(0, 12), Buffer.from([64]), Buffer.alloc(70, 'a')])],
    [
      'a name of 256 bytes',
      Buffer.concat([
        plain.subarray(0, 12),
        ...Array<Buffer>(4).fill(Buffer.from(`\x3f${'a'.repeat(63)}`)),
        Buffer.from([0, 0, 1, 0, 1]),
      ]),
    ],
    ['two questions', changed(plain, (bytes) => bytes.writeUInt16BE(2, 4))],
    ['an OPT record that is cut', query({ name: 'name1' }, edns(512)).subarray(0, plain.length + 5)],
  ])('%s is answered with FORMERR', (_title, message) => {
    expect(reply(message, answerer)).toMatchObject({ rcode: 'FORMERR', id: 4711 });
  });

  it('other operations and classes are not implemented, and go nowhere', () => {
    const update = changed(plain, (bytes) => (bytes[2] = 5 << 3));
    expect(reply(update, answerer)).toMatchObject({ rcode: 'NOTIMP', opcode: 'UPDATE' });
    const chaos = changed(plain, (bytes) => bytes.writeUInt16BE(3, bytes.length - 2));
    expect(reply(chaos, answerer)).toMatchObject({ rcode: 'NOTIMP', questions: [{ class: 'CH' }] });
  });

  it('a later version of EDNS is refused with BADVERS', () => {
    const verdict = answerer.answer(query({ name: 'name1' }, edns(1232, 1)), 'udp');
    const decoded = packet.decode(verdict as Buffer) as Decoded;
    expect(decoded.rcode).toBe('NOERROR');
    expect(decoded.additionals?.[0]).toMatchObject({ type: 'OPT', extendedRcode: 1 });
  });

  it('never throws and never hangs, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        answerer.answer(Buffer.from(bytes), 'udp');
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws on questions that are nearly right, and replies are well formed', () => {
    const base = query({ name: 'name1' }, edns(4096));
    const change = fc.record({ at: fc.nat({ max: base.length - 1 }), value: fc.nat({ max: 255 }) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), fc.nat({ max: base.length }), (changes, length) => {
        const message = Buffer.from(base);
        for (const { at, value } of changes) message[at] = value;
        const verdict = answerer.answer(message.subarray(0, length), 'udp');
        if (Buffer.isBuffer(verdict)) packet.decode(verdict);
      }),
      { numRuns: 3000 },
    );
  });

  it('agrees with another decoder about names and types', () => {
    const label = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);
    const type = fc.constantFrom('A', 'AAAA', 'MX', 'TXT', 'PTR', 'SRV');
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 6 }), type, (labels, word) => {
        const name = ['not-ours', ...labels].join('.');
        const verdict = answerer.answer(query({ name, type: word }), 'udp');
        expect(verdict).toMatchObject({ forward: { name } });
      }),
    );
  });

  it('keeps a bounded number of replies when a client varies the spelling', () => {
    const own = answererOf(zoneWith(1));
    for (let turn = 0; turn < 2000; turn++) {
      const cookie = edns(1232 + turn);
      expect(dataOf(reply(query({ name: 'name1' }, cookie), own))).toEqual(['192.168.0.0']);
    }
  });
});

describe('kept replies', () => {
  const place = (bytes: Buffer, at = 0): { bytes: Buffer; at: number } => ({ bytes, at });

  it('are written where the caller wants them, and are what the long way gives', () => {
    const answerer = answererOf(zoneWith(1));
    const message = query({ name: 'NAME1' });
    const out = Buffer.alloc(600, 0xff);
    expect(answerer.answerKept(place(message), message.length, { ...place(out, 50), room: 512 })).toBe(0);
    const long = answerer.answer(message, 'udp') as Buffer;
    const within = Buffer.concat([Buffer.alloc(9), message]);
    const length = answerer.answerKept(place(within, 9), message.length, { ...place(out, 50), room: 512 });
    expect(out.subarray(50, 50 + length)).toEqual(long);
    expect([out[49], out[50 + length]]).toEqual([0xff, 0xff]);
  });

  it('are forgotten when the zone changes', () => {
    const zone = zoneWith(1);
    const answerer = answererOf(zone);
    const message = query({ name: 'name1' });
    const out = { ...place(Buffer.alloc(512)), room: 512 };
    answerer.answer(message, 'udp');
    expect(answerer.answerKept(place(message), message.length, out)).toBeGreaterThan(0);
    zone.removeContainer('c0');
    expect(answerer.answerKept(place(message), message.length, out)).toBe(0);
    expect(answerer.answer(message, 'udp')).toHaveProperty('forward');
  });

  it('longer than the room there is take the long way', () => {
    const answerer = answererOf(zoneWith(100));
    const message = query({ name: 'name1' }, edns(4096));
    answerer.answer(message, 'udp');
    const out = Buffer.alloc(4096);
    const answerIn = (room: number): number =>
      answerer.answerKept(place(message), message.length, { ...place(out), room });
    expect(answerIn(1536)).toBe(0);
    expect(answerIn(4096)).toBeGreaterThan(1536);
  });
});
