import { describe, expect, test } from 'vitest';
import { HOST_IMAGE } from '../../src/image/host-image.ts';
import { planRemoval, type RemovalRequest } from '../../src/image/removal.ts';

const ID = `sha256:1234567890ab${'0'.repeat(52)}`;
const CONTAINER = `fedcba098765${'0'.repeat(52)}`;
const image = (...references: string[]) => ({ ...HOST_IMAGE, id: ID, references, hostRootfs: false });
const request = (changes: Partial<RemovalRequest> = {}): RemovalRequest => ({
  reference: undefined,
  force: false,
  inUse: () => [],
  ...changes,
});
const used = { inUse: () => [CONTAINER] };

describe('removing an image', () => {
  test('by one name of several takes the name off, also while it is used', () => {
    const plan = planRemoval(image('a:1', 'b:1'), request({ reference: 'a:1', ...used }));
    expect(plan).toEqual({ untag: ['a:1'], remove: false });
  });

  test('by its only name takes the image too', () => {
    expect(planRemoval(image('a:1'), request({ reference: 'a:1' }))).toEqual({
      untag: ['a:1'],
      remove: true,
    });
  });

  test('by its only name is refused while a container uses it, in the words of Docker', () => {
    expect(() => planRemoval(image('a:1'), request({ reference: 'a:1', ...used }))).toThrow(
      'conflict: unable to remove repository reference "a:1" (must force) - container fedcba098765 is using its referenced image 1234567890ab',
    );
  });

  test('by id takes all names of one repository', () => {
    expect(planRemoval(image('a:1', 'a:2'), request())).toEqual({ untag: ['a:1', 'a:2'], remove: true });
  });

  test('by id is refused for names in several repositories unless forced', () => {
    expect(() => planRemoval(image('a:1', 'b:1'), request())).toThrow(
      'conflict: unable to delete 1234567890ab (must be forced) - image is referenced in multiple repositories',
    );
    expect(planRemoval(image('a:1', 'b:1'), request({ force: true })).remove).toBe(true);
  });

  test('by id is refused for a running container even when forced', () => {
    const running = { ...used, running: () => [CONTAINER], force: true };
    expect(() => planRemoval(image('a:1'), request(running))).toThrow(
      'conflict: unable to delete 1234567890ab (cannot be forced) - image is being used by running container fedcba098765',
    );
  });

  test('by force under a stopped container leaves the image without a name', () => {
    expect(() => planRemoval(image('a:1'), request(used))).toThrow(
      'image is being used by stopped container',
    );
    expect(planRemoval(image('a:1'), request({ ...used, force: true }))).toEqual({
      untag: ['a:1'],
      remove: false,
    });
  });
});
