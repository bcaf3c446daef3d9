import { Composer, Parser } from 'yaml';
import type { Document } from 'yaml';
import type { Diagnostics } from '../diagnostics.ts';
import * as yamlMistakes from './errors.ts';
import type { SourceText } from '../text/source-text.ts';
import type { Node } from '../tree/node.ts';
import { nodeFrom } from './convert.ts';
import { syntaxErrors } from './syntax-errors.ts';

/**
 * Reads all of YAML: the documents of a text as trees with positions, anchors and merge keys resolved, `!reset` and `!override`
 * noted. A text that is not YAML is reported and gives no document; so does each empty document.
 */
export function readFully(source: SourceText, diagnostics: Diagnostics): Node[] {
  const documents = composeAll(source.text);
  const nodes: Node[] = [];
  let broken = false;
  for (const document of documents) {
    for (const { kind, words, start, end } of syntaxErrors(document)) {
      broken = true;
      const mark = { source, start, end: Math.max(end, start + 1) };
      diagnostics.report(yamlMistakes.yamlSyntax({ kind, words, mark }));
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
