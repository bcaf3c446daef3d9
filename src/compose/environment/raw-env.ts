import type { Diagnostics } from '../diagnostics.ts';
import * as mistakes from '../errors.ts';
import { clip } from '../text/clip.ts';
import type { SourceText } from '../text/source-text.ts';
import type { EnvLine } from './dotenv.ts';

/**
 * Reads an env file of `format: raw`, as `docker run --env-file` does: everything behind the first `=` is the value,
 * quotes and dollar signs included.
 */
export function readRawEnv(
  source: SourceText,
  { lookup, diagnostics }: { lookup: (name: string) => string | undefined; diagnostics: Diagnostics },
): EnvLine[] {
  const lines: EnvLine[] = [];
  let offset = 0;
  for (const [index, whole] of source.text.split('\n').entries()) {
    const start = offset;
    offset += whole.length + 1;
    const text = whole.replace(/\r$/, '').trimStart();
    if (text === '' || text.startsWith('#')) continue;
    const equals = text.indexOf('=');
    const name = equals === -1 ? text : text.slice(0, equals);
    if (name === '' || /\s/.test(name)) {
      const problem =
        name === '' ? 'no variable name before `=`' : `variable '${clip(name)}' contains whitespaces`;
      diagnostics.fileRead(source.file);
      diagnostics.report(
        mistakes.envFileSyntax(
          problem,
          { source, start, end: start + whole.length },
          'write `NAME=value` without spaces in the name',
        ),
      );
      continue;
    }
    lines.push({ name, value: equals === -1 ? lookup(name) : text.slice(equals + 1), line: index + 1 });
  }
  return lines;
}
