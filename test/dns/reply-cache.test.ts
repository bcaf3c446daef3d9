import packet from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { ReplyCache } from '../../src/dns/reply-cache.ts';
import { ReplyTemplate } from '../../src/dns/reply.ts';

function question(name: string, type: string | number = 'A'): Buffer {
  const message = packet.encode({ type: 'query', id: 7, questions: [{ name, type: 'A' }] });
  if (typeof type === 'number') message.writeUInt16BE(type, message.length - 4);
  return message;
}

function templateFor(message: Buffer): ReplyTemplate {
  const parts = {
    rcode: 0,
    extendedRcode: 0,
    questionEnd: message.length,
    edns: false,
    type: 1,
    ttlSeconds: 1,
  };
  return new ReplyTemplate(
    message,
    { ...parts, records: [Buffer.from([10, 0, 0, 1])], sizeMax: 512 },
    () => 0,
  );
}

function kept(...messages: readonly Buffer[]): ReplyCache {
  const cache = new ReplyCache();
  for (const message of messages) cache.keep(message, templateFor(message));
  return cache;
}

const found = (cache: ReplyCache, message: Buffer): boolean =>
  cache.find(message, 0, message.length) !== undefined;

describe('kept replies', () => {
  it('are found by name and type, wherever the message stands', () => {
    const cache = kept(question('web'));
    const within = Buffer.concat([Buffer.from('before'), question('web'), Buffer.from('behind')]);
    expect(cache.find(within, 6, question('web').length)).toBeDefined();
    expect(found(cache, question('wec'))).toBe(false);
    expect(found(cache, question('web.a'))).toBe(false);
    expect(found(cache, question('web', 28))).toBe(false);
  });

  it('serve each spelling of a name, which comes back as it was asked', () => {
    const cache = kept(question('web.Shop'));
    const message = question('WEB.sHop');
    const reply = cache.find(message, 0, message.length)?.replyTo(message);
    expect(packet.decode(reply ?? Buffer.alloc(0)).questions?.[0]?.name).toBe('WEB.sHop');
  });

  it('know types apart whose numbers are letters', () => {
    const cache = kept(question('web', 0x41));
    expect(found(cache, question('web', 0x41))).toBe(true);
    expect(found(cache, question('web', 0x61))).toBe(false);
  });

  it('do not answer answers, other operations, or what is cut in the middle of a name', () => {
    const cache = kept(question('web'));
    for (const flags of [0x80, 0x10, 0x02]) {
      const message = question('web');
      message[2] = flags;
      expect(found(cache, message)).toBe(false);
    }
    const message = question('web');
    for (let length = 0; length < message.length; length++)
      expect(cache.find(message, 0, length)).toBeUndefined();
  });

  it('push each other out when there are too many, and the last one stays', () => {
    const cache = new ReplyCache();
    for (let index = 0; index < 2000; index++) {
      const message = question(`web-${index}`);
      cache.keep(message, templateFor(message));
      expect(found(cache, message)).toBe(true);
    }
    const left = Array.from({ length: 2000 }, (_, index) => found(cache, question(`web-${index}`)));
    expect(left.filter(Boolean).length).toBeLessThanOrEqual(256);
    cache.clear();
    expect(found(cache, question('web-1999'))).toBe(false);
  });
});
