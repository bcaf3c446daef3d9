import { Composer, Parser } from 'yaml';
import type { Document } from 'yaml';
import type { Diagnostics } from '../diagnostics.ts';
import * as mistakes from '../errors.ts';
import type { SourceText } from '../text/source-text.ts';
import type { Node } from '../tree/node.ts';
import { nodeFrom } from './convert.ts';

/** A file with one stray character can have a mistake on every line; the first few tell it all. */
const SYNTAX_ERRORS_MAX = 10;

/**
 * The documents of a YAML text as trees with positions, anchors and merge keys resolved, `!reset` and `!override`
 * noted. A text that is not YAML is reported and gives no document; so does each empty document.
 */
export function readYaml(source: SourceText, diagnostics: Diagnostics): Node[] {
  const documents = composeAll(source.text);
  const nodes: Node[] = [];
  let broken = false;
  for (const document of documents) {
    for (const error of document.errors.slice(0, SYNTAX_ERRORS_MAX)) {
      broken = true;
      const [start, end] = error.pos;
      const mark = { source, start, end: Math.max(end, start + 1) };
      diagnostics.report(mistakes.yamlSyntax({ code: error.code, words: error.message, mark }));
    }
    if (document.errors.length > 0 || document.contents === null) continue;
    const node = nodeFrom(document.contents, { source, diagnostics });
    if (node !== undefined && !(node.kind === 'scalar' && node.value === null && node.tag === undefined))
      nodes.push(node);
  }
  return broken ? [] : nodes;
}

/** Scalars stay texts here; their types are given in `convert.ts`, by compose's rules and not by the library's. */
function composeAll(text: string): Document.Parsed[] {
  const composer = new Composer({
    schema: 'failsafe',
    merge: false,
    // The library compares every pair of keys; `convert.ts` finds duplicates in linear time.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    keepSourceTokens: false,
  });
  return [...composer.compose(new Parser().parse(text), false, text.length)];
}
