import type { Mistake } from '../diagnostics.ts';
import { clip } from '../text/clip.ts';
import type { Mark } from '../text/source-text.ts';

/* One factory a message, sorted by code: what is wrong with a text as YAML. */

export function aliasCycle(anchor: string, mark: Mark): Mistake {
  return {
    code: 'COMPOSE_ALIAS_CYCLE',
    message: `cycle detected: the alias \`*${anchor}\` stands inside the value that its own anchor \`&${anchor}\` names`,
    mark,
    hint: 'move the shared part to a value of its own, and name that with the anchor',
  };
}

export function excessiveAliasing(mark: Mark): Mistake {
  return {
    code: 'COMPOSE_ALIAS_LIMIT',
    message: 'document contains excessive aliasing: the aliases up to here stand for too many values',
    mark,
    hint: 'aliases of aliases multiply; write the values out, or use `extends`',
  };
}

export function unknownAnchor(anchor: string, mark: Mark): Mistake {
  return {
    code: 'COMPOSE_ANCHOR_UNKNOWN',
    message: `unknown anchor: no \`&${anchor}\` stands before this \`*${anchor}\``,
    mark,
    hint: `define it above, such as \`x-shared: &${anchor}\`; anchors do not reach into other files`,
  };
}

export function duplicateKey({ name, mark, earlier }: { name: string; mark: Mark; earlier: Mark }): Mistake {
  const line = lineOf(earlier);
  return {
    code: 'COMPOSE_DUPLICATE_KEY',
    message: `mapping key ${JSON.stringify(clip(name))} already defined at line ${String(line)}`,
    mark,
    hint: `keep one of the two, or merge them under the key at line ${String(line)}`,
  };
}

export function badKey(what: string, mark: Mark): Mistake {
  return {
    code: 'COMPOSE_KEY',
    message: `a key must be a text, not ${what}`,
    mark,
    hint: 'put the key in quotes',
  };
}

export function nonStringKey(text: string, mark: Mark): Mistake {
  const shown = text === '' ? 'an empty key' : text;
  return {
    code: 'COMPOSE_KEY',
    message: `non-string key: ${clip(shown)} is read as a number, a boolean or null`,
    mark,
    hint: `put the key in quotes: \`"${clip(text)}":\``,
  };
}

export function badMergeKey(mark: Mark): Mistake {
  return {
    code: 'COMPOSE_MERGE_KEY',
    message: '`<<` takes a mapping, an alias of one, or a list of these',
    mark,
    hint: 'write `<<: *anchor` where the anchor names a mapping',
  };
}

export function tooDeep(mark: Mark, limit: number): Mistake {
  return {
    code: 'COMPOSE_TOO_DEEP',
    message: `values are nested more than ${String(limit)} deep`,
    mark,
    hint: 'no compose attribute needs that; check for a stray run of brackets or dashes',
  };
}

export function badTaggedValue(text: string, wanted: string, mark: Mark): Mistake {
  return {
    code: 'COMPOSE_TYPE',
    message: `${JSON.stringify(clip(text))} is not ${wanted}, as its tag says`,
    mark,
    hint: 'correct the value, or leave the tag out',
  };
}

export function yamlSyntax({ kind, words, mark }: { kind: string; words: string; mark: Mark }): Mistake {
  if (kind === 'RESOURCE_EXHAUSTION') return tooDeep(mark, 200);
  return {
    code: 'COMPOSE_YAML',
    message: `yaml: ${lowerFirst(words)}`,
    mark,
    hint: yamlHints[kind] ?? yamlHint,
  };
}

const yamlHint = 'compose files are YAML: `key: value`, spaces for indentation, `- ` before list items';

const yamlHints: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces: YAML allows no tabs there',
  BAD_INDENT: 'line this up with its neighbours: the items of one map or list start in the same column',
  BLOCK_AS_IMPLICIT_KEY:
    'a value with `: ` in it needs quotes; or start the nested mapping on a line of its own',
  MULTILINE_IMPLICIT_KEY: 'a key stands on one line and ends with `:`; is a colon or a quote missing?',
  MISSING_CHAR: 'close the quote or the bracket, or put a text that starts with one in quotes',
  BAD_SCALAR_START: 'put the text in quotes: it starts with a character that YAML reserves',
  BAD_DQ_ESCAPE: 'write `\\\\` for a backslash, or use single quotes',
};

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function lineOf({ source, start }: Mark): number {
  return source.text.slice(0, start).split('\n').length;
}

export function unknownTag(tag: string, mark: Mark): Mistake {
  return {
    code: 'COMPOSE_TAG_UNKNOWN',
    message: `the tag ${clip(tag)} is not known and has no effect; compose files know \`!reset\` and \`!override\``,
    mark,
  };
}
