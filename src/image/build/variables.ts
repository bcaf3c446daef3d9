export type Variables = Readonly<Record<string, string>>;

/** Replaces `$NAME`, `${NAME}`, `${NAME:-word}` and `${NAME:+word}`, as in an instruction of a Dockerfile. */
export function expand(text: string, variables: Variables, escape = '\\'): string {
  let out = '';
  for (let at = 0; at < text.length;) {
    const character = text[at] ?? '';
    if (character === escape && text[at + 1] === '$') {
      out += '$';
      at += 2;
      continue;
    }
    const match =
      character === '$'
        ? /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+])((?:[^{}]|\{[^{}]*\})*))?\})/.exec(text.slice(at))
        : null;
    if (!match) {
      out += character;
      at += 1;
      continue;
    }
    out += valueOf(match, variables, escape);
    at += match[0].length;
  }
  return out;
}

function valueOf(match: RegExpExecArray, variables: Variables, escape: string): string {
  const [, plain, braced, operator, word = ''] = match;
  const value = variables[plain ?? braced ?? ''];
  if (operator === undefined) return value ?? '';
  const isSet = value !== undefined && (value !== '' || !operator.startsWith(':'));
  if (operator.endsWith('-')) return isSet ? value : expand(word, variables, escape);
  return isSet ? expand(word, variables, escape) : '';
}

/** `A=1 B="two words"`, or the old form `A the rest`. Quotes are taken off. */
export function assignments(text: string): [name: string, value: string | undefined][] {
  const old = /^([A-Za-z_][\w.]*)\s+([^=\s][\s\S]*)$/.exec(text);
  if (old && !/^[^\s]+=/.test(text)) return [[old[1] ?? '', old[2]]];
  const words = text.match(/(?:[^\s"']+|"(?:\\.|[^"\\])*"|'[^']*')+/g) ?? [];
  return words.map((word) => {
    const equals = word.indexOf('=');
    if (equals < 0) return [word, undefined];
    return [word.slice(0, equals), unquoted(word.slice(equals + 1))];
  });
}

function unquoted(text: string): string {
  return text.replace(
    /"((?:\\.|[^"\\])*)"|'([^']*)'/g,
    (_, double?: string, single?: string) => single ?? (double ?? '').replace(/\\(["\\])/g, '$1'),
  );
}
