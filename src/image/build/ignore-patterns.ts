/** Tells whether a path of the context is left out, by the rules of `.dockerignore`. */
export type IgnoreMatcher = (path: string) => boolean;

interface Pattern {
  readonly expression: RegExp;
  readonly negated: boolean;
  /** Plain parts at the start, for telling whether something below a folder may come back. */
  readonly text: string;
}

/** A path counts as left out when the last pattern that matches it, or a folder above it, is no `!` pattern. */
export class IgnorePatterns {
  readonly #patterns: readonly Pattern[];
  readonly #hasExceptions: boolean;

  constructor(text: string) {
    this.#patterns = text
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/)
      .flatMap(readPattern);
    this.#hasExceptions = this.#patterns.some(({ negated }) => negated);
  }

  /** `path` is relative to the context, without a leading `./`. */
  ignores(path: string): boolean {
    let ignored = false;
    for (const { expression, negated } of this.#patterns) {
      if (negated === ignored && matchesOrParent(expression, path)) ignored = !negated;
    }
    return ignored;
  }

  /** A folder that is left out with all below it, so that nobody needs to look inside. */
  prunes(folder: string): boolean {
    if (!this.ignores(folder)) return false;
    if (!this.#hasExceptions) return true;
    return !this.#patterns.some(({ negated, text }) => negated && mayBeBelow(text, folder));
  }
}

function readPattern(line: string): Pattern[] {
  if (line.startsWith('#')) return [];
  const trimmed = line.trim();
  const negated = trimmed.startsWith('!');
  const text = cleaned(negated ? trimmed.slice(1).trim() : trimmed);
  if (text === '' || text === '.') return [];
  return [{ expression: expressionOf(text), negated, text }];
}

function cleaned(text: string): string {
  const parts: string[] = [];
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..') parts.push(part);
  }
  return parts.join('/');
}

function matchesOrParent(expression: RegExp, path: string): boolean {
  for (let at = path; at !== ''; at = at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '') {
    if (expression.test(at)) return true;
  }
  return false;
}

/** `*` stays in a folder, `**` goes through folders, `?` is one character, `[a-z]` a class. */
function expressionOf(pattern: string): RegExp {
  let source = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] ?? '';
    if (character === '*' && pattern[at + 1] === '*') {
      at += 1;
      if (pattern[at + 1] === '/') at += 1;
      source += at + 1 >= pattern.length ? '.*' : '(?:.*/)?';
    } else if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '\\' && at + 1 < pattern.length) source += escaped(pattern[(at += 1)] ?? '');
    else if (character === '[' && pattern.indexOf(']', at + 1) > 0) {
      const end = pattern.indexOf(']', at + 1);
      source += `[${pattern.slice(at + 1, end).replace(/\\/g, '\\\\')}]`;
      at = end;
    } else source += escaped(character);
  }
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    return /^(?!)/;
  }
}

function escaped(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

function mayBeBelow(pattern: string, folder: string): boolean {
  const plain = pattern.split(/[*?[\\]/, 1)[0] ?? '';
  return plain.startsWith(`${folder}/`) || `${folder}/`.startsWith(plain);
}
