import type { Diagnostics } from '../diagnostics.ts';
import type { SourceText } from '../text/source-text.ts';
import type { Node } from '../tree/node.ts';
import { readPlainYaml } from './plain-yaml.ts';

type Reader = (source: SourceText, diagnostics: Diagnostics) => Node[];

/** The reader for all of YAML, once it was needed: loading it takes longer than reading most files. */
let fullReader: Reader | undefined;

/** Thrown where a text needs the full reader and it is not loaded yet: the load starts again when it is. */
class FullReaderNeeded extends Error {}

/**
 * The documents of a YAML text as trees with positions, anchors and merge keys resolved, `!reset` and `!override`
 * noted. A text that is not YAML is reported and gives no document; empty documents give none either.
 */
export function readYaml(source: SourceText, diagnostics: Diagnostics): Node[] {
  const plain = readPlainYaml(source);
  if (plain !== undefined) return [plain];
  if (fullReader === undefined) throw new FullReaderNeeded();
  return fullReader(source, diagnostics);
}

/** Runs `work`, which reads YAML; once more from its start when it needs the full reader. */
export async function withYamlReader<T>(work: () => T): Promise<T> {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FullReaderNeeded)) throw error;
    const { readFully } = await import('./full-reader.ts');
    fullReader = readFully;
    return work();
  }
}
