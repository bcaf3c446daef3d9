import { describe, expect, it } from 'vitest';
import { clipped, Screen } from '../../src/cli/menu/screen.ts';
import { paletteFor } from '../../src/cli/output/palette.ts';

function terminal() {
  const written: string[] = [];
  const one = {
    isTty: true,
    width: 20,
    colours: paletteFor(false),
    write: (text: string) => void written.push(text),
    line: (text: string) => void written.push(`${text}\n`),
  };
  /** What a person sees: the bottom line is erased from its start. */
  const seen = () => written.join('').replaceAll(/[^\n]*\r\u001b\[2K/g, '');
  return { one, seen };
}

describe('a screen with a bottom line', () => {
  it('keeps the line below whatever is written', () => {
    const { one, seen } = terminal();
    const screen = new Screen(one);
    screen.show('keys');
    screen.above(one).line('first');
    screen.above(one).line('second');
    expect(seen()).toBe('first\nsecond\nkeys');
    screen.show('other keys');
    expect(seen()).toBe('first\nsecond\nother keys');
  });

  it('holds lines back while the terminal is lent, and loses none', () => {
    const { one, seen } = terminal();
    const screen = new Screen(one);
    screen.show('keys');
    screen.hold();
    screen.above(one).line('meanwhile');
    screen.show('changed keys');
    expect(seen()).toBe('');
    screen.resume();
    expect(seen()).toBe('meanwhile\nchanged keys');
  });

  it('leaves nothing of itself when it is closed', () => {
    const { one, seen } = terminal();
    const screen = new Screen(one);
    screen.show('keys');
    screen.hold();
    screen.above(one).line('last');
    screen.close();
    expect(seen()).toBe('last\n');
  });

  it('cuts the bottom line to the width, not counting colours', () => {
    expect(clipped('\u001b[1mab\u001b[0mcdef', 4)).toBe('\u001b[1mab\u001b[0mcd');
    expect(clipped('ab', 4)).toBe('ab');
  });
});
