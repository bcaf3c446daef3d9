import { readFileBounded } from '../../host/text-files.ts';
import type { Diagnostics, Mistake } from '../diagnostics.ts';
import * as mistakes from '../errors.ts';
import { sourceText } from './source-text.ts';
import type { Mark, SourceText } from './source-text.ts';

/** The largest file of the compose community is a hundredth of this. */
export const FILE_BYTES_MAX = 4 * 1024 * 1024;

export type SourceRead =
  { readonly source: SourceText } | { readonly mistake: Mistake; readonly missing: boolean };

/** Reads a compose file. What is wrong with it is reported, at `mark` when another file named it. */
export function readSource(
  file: string,
  { diagnostics, mark }: { diagnostics: Diagnostics; mark?: Mark | undefined },
): SourceText | undefined {
  diagnostics.fileRead(file);
  const read = readText(file, mark);
  if ('source' in read) return read.source;
  diagnostics.report(read.mistake);
  return undefined;
}

/** Reads a file as UTF-8 text, without its byte order mark. */
export function readText(file: string, mark?: Mark): SourceRead {
  const read = readFileBounded(file, FILE_BYTES_MAX);
  if (read.kind === 'bytes') return decode(file, read.bytes);
  const missing = read.kind === 'missing';
  if (read.kind === 'too-large')
    return { mistake: { ...mistakes.tooLarge(file, FILE_BYTES_MAX), mark }, missing };
  const { reason } = read;
  return {
    mistake: missing
      ? mistakes.fileNotFound({ file, reason, mark })
      : mistakes.unreadable({ file, reason, mark }),
    missing,
  };
}

/** The text of `bytes`, or where and why they are none. */
export function decode(file: string, bytes: Uint8Array): SourceRead {
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : '';
  const text = new TextDecoder(utf16 === '' ? 'utf-8' : utf16).decode(bytes);
  const source = sourceText(file, text);
  const bad = text.search(utf16 === '' ? /[\0\ufffd]/ : /\0/);
  if (bad === -1 || isWrittenOut(bytes, text, bad)) return { source };
  const problem = text[bad] === '\0' ? 'it holds a NUL character' : 'it holds bytes that are not UTF-8';
  return { mistake: mistakes.notText({ source, start: bad, end: bad + 1 }, problem), missing: false };
}

/** True when U+FFFD stands in the file itself, and is not the decoder's word for bad bytes. */
function isWrittenOut(bytes: Uint8Array, text: string, at: number): boolean {
  return text[at] === '\ufffd' && Buffer.compare(Buffer.from(text, 'utf8'), withoutMark(bytes)) === 0;
}

function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
