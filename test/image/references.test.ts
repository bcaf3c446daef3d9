import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  familiarReference,
  fullDigest,
  parseReference,
  taggedReference,
} from '../../src/image/references.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;

describe('references', () => {
  test.each([
    ['redis', 'redis:latest', 'docker.io/library/redis'],
    ['redis:7', 'redis:7', 'docker.io/library/redis'],
    ['library/redis:7', 'redis:7', 'docker.io/library/redis'],
    ['docker.io/redis', 'redis:latest', 'docker.io/library/redis'],
    ['index.docker.io/library/redis', 'redis:latest', 'docker.io/library/redis'],
    ['berth/host', 'berth/host:latest', 'docker.io/berth/host'],
    ['localhost/app', 'localhost/app:latest', 'localhost/app'],
    ['localhost:5000/app:1', 'localhost:5000/app:1', 'localhost:5000/app'],
    ['ghcr.io/acme/web/api:v1.2', 'ghcr.io/acme/web/api:v1.2', 'ghcr.io/acme/web/api'],
    ['[::1]:5000/a__b', '[::1]:5000/a__b:latest', '[::1]:5000/a__b'],
    [`redis@${DIGEST}`, `redis@${DIGEST}`, 'docker.io/library/redis'],
    [`redis:7@${DIGEST}`, 'redis:7', 'docker.io/library/redis'],
    ['HOST/app', 'HOST/app:latest', 'HOST/app'],
  ])('%s is %s of %s', (text, familiar, full) => {
    const reference = parseReference(text);
    expect([familiarReference(reference), reference.fullName]).toEqual([familiar, full]);
  });

  test.each([
    ['', 'empty'],
    ['Redis', 'lower case'],
    ['redis:', 'tag'],
    ['redis:a b', 'tag'],
    [`redis:${'a'.repeat(129)}`, 'tag'],
    ['a//b', 'empty part'],
    ['-a', 'not allowed'],
    ['a_-b', 'not allowed'],
    ['redis@sha256:12', 'not a digest'],
    [`redis@sha512:${'a'.repeat(128)}`, 'sha256'],
    ['ab'.repeat(32), '64 hexadecimal'],
    [`a/${'b'.repeat(260)}`, '255'],
    ['docker.io/', 'missing'],
    ['exa mple.org/a', 'not a registry'],
  ])('"%s" is refused', (text, why) => {
    expect(() => parseReference(text)).toThrow(why);
    expect(() => parseReference(text)).toThrow(/^invalid reference format/);
  });

  test('a tag to give cannot be a digest', () => {
    expect(() => taggedReference(`redis@${DIGEST}`)).toThrow('cannot have a digest');
    expect(taggedReference('redis')).toBe('redis:latest');
  });

  test('an id is told from a name', () => {
    expect(fullDigest('ab'.repeat(32))).toBe(DIGEST);
    expect(fullDigest(DIGEST)).toBe(DIGEST);
    expect(fullDigest('abcd')).toBeUndefined();
  });

  test('a familiar reference reads as itself, and no text brings anything but a result or a clear error', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'B', '0', '.', '-', '_', '/', ':', '@') }),
        (text) => {
          let familiar: string;
          try {
            familiar = familiarReference(parseReference(text));
          } catch (error) {
            expect(error).toMatchObject({ code: 'REFERENCE_INVALID' });
            return;
          }
          expect(familiarReference(parseReference(familiar))).toBe(familiar);
        },
      ),
    );
  });
});
