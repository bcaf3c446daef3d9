import { expect, it } from 'vitest';
import { DetachFilter, detachSequence } from '../../src/cli/detach-keys.ts';

function typed(keys: string, ...chunks: string[]): { passed: string; detached: number } {
  let detached = 0;
  const filter = new DetachFilter(detachSequence(keys), () => (detached += 1));
  for (const chunk of chunks) filter.write(chunk);
  return { passed: String(filter.read() ?? ''), detached };
}

it('input passes until the keys are typed, in one piece or in several', () => {
  expect(typed('ctrl-p,ctrl-q', 'ls\r')).toEqual({ passed: 'ls\r', detached: 0 });
  expect(typed('ctrl-p,ctrl-q', 'a\x10', '\x11b')).toEqual({ passed: 'a', detached: 1 });
});

it('what only began like the keys is passed on', () => {
  expect(typed('ctrl-p,ctrl-q', '\x10', 'x')).toEqual({ passed: '\x10x', detached: 0 });
  expect(typed('a,b', 'aab')).toEqual({ passed: 'a', detached: 1 });
});

it('keys are letters, or control characters by name', () => {
  expect([...detachSequence('ctrl-@,Z,ctrl-[')]).toEqual([0, 90, 27]);
  expect(() => detachSequence('shift-a')).toThrow('is not a key');
});
