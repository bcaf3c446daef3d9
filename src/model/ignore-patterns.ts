/** A list of patterns in the language of .dockerignore. Paths are relative, with `/` between parts. */
export interface PatternSet {
  /** Whether the last pattern that fits the path, or a folder above it, takes it in. */
  readonly matches: (path: string) => boolean;
  /** Whether nothing below the folder can be spared: no need to look inside. */
  readonly prunes: (folder: string) => boolean;
}

interface Pattern {
  readonly parts: readonly string[];
  readonly expression: RegExp;
  /** `!pattern`: what it fits is spared. */
  readonly spares: boolean;
}

/** The lines of a .dockerignore file that say something. */
export function ignoreLines(text: string): string[] {
  const lines = text.replace(/^\u{feff}/u, '').split(/\r?\n/);
  return lines.filter((line) => !line.startsWith('#')).map((line) => line.trim());
}

/**
 * `*` and `?` stay within a part, `**` spans parts, `[a-z]` and `\x` as in a shell; a pattern fits everything below what
 * it names; the last one that fits decides. An invalid class is taken literally.
 */
export function patternSet(lines: readonly string[]): PatternSet {
  const patterns = lines.flatMap((line) => patternOf(line.trim()));
  const spares = patterns.filter((pattern) => pattern.spares);
  const matches = (path: string) => {
    let isMatched = false;
    const prefixes = prefixesOf(path);
    for (const { expression, spares: isSpared } of patterns) {
      if (isMatched !== isSpared) continue;
      if (prefixes.some((prefix) => expression.test(prefix))) isMatched = !isSpared;
    }
    return isMatched;
  };
  return {
    matches,
    prunes: (folder) => matches(folder) && !spares.some((spare) => mayLieBelow(spare, folder)),
  };
}

function patternOf(line: string): Pattern[] {
  const spares = line.startsWith('!');
  const parts = cleaned(spares ? line.slice(1).trim() : line);
  return parts.length === 0 ? [] : [{ parts, spares, expression: expressionOf(parts) }];
}

/** `./a//b/../c/` → a, c. */
function cleaned(pattern: string): string[] {
  const parts: string[] = [];
  for (const part of pattern.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return parts;
}

function expressionOf(parts: readonly string[]): RegExp {
  const last = parts.length - 1;
  const texts = parts.map((part, index) => {
    if (part === '**') return index === last ? '.*' : '(?:[^/]+/)*';
    return partExpression(part) + (index === last ? '' : '/');
  });
  try {
    return new RegExp(`^${texts.join('')}$`, 's');
  } catch {
    return new RegExp(`^${parts.join('/').replace(/[^\w/]/g, '\\$&')}$`, 's');
  }
}

function partExpression(part: string): string {
  const tokens = part.matchAll(/\\(.)|(\*\*)|(\*)|(\?)|\[(\^?)((?:\\.|[^\]\\])+)\]|(.)/gs);
  const texts = [...tokens].map(([, escaped, deep, star, one, negated, members, plain]) => {
    if (deep !== undefined) return '.*';
    if (star !== undefined) return '[^/]*';
    if (one !== undefined) return '[^/]';
    if (members !== undefined) return `[${negated ?? ''}${members.replace(/\[/g, '\\[')}]`;
    return (escaped ?? plain ?? '').replace(/[^\w]/g, '\\$&');
  });
  return texts.join('');
}

/** `a/b/c` → `a`, `a/b`, `a/b/c`. */
function prefixesOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Whether a pattern could fit something inside a folder; a wildcard on the way counts as a yes. */
function mayLieBelow({ parts }: Pattern, folder: string): boolean {
  const above = folder.split('/');
  for (const [index, part] of above.entries()) {
    const own = parts[index];
    if (own === undefined) return true;
    if (own.includes('**')) return true;
    if (!expressionOf([own]).test(part)) return false;
  }
  return true;
}
