import { describe, expect, it } from 'vitest';
import { mountOptions } from '../../src/host/local-volume.ts';

describe('options of a volume', () => {
  it.each([
    ['', 0, ''],
    ['ro', 1, ''],
    ['ro,rw', 0, ''],
    ['bind', 0x1000, ''],
    ['rbind,nosuid,nodev', 0x5006, ''],
    ['addr=10.0.0.1,nfsvers=4,noatime', 0x400, 'addr=10.0.0.1,nfsvers=4'],
    ['size=64m,uid=1000,noexec', 8, 'size=64m,uid=1000'],
  ])('%j', (text, flags, data) => {
    expect(mountOptions(text)).toEqual({ flags, data });
  });
});
