import { dockerfileInvalid } from './errors.ts';

/** One instruction of a Dockerfile. Lines count from 1. */
export interface Instruction {
  readonly line: number;
  readonly endLine: number;
  /** In capitals: `FROM`. */
  readonly keyword: string;
  /** `--from=build`, as written. */
  readonly flags: readonly string[];
  /** What follows keyword and flags, continued lines joined. */
  readonly rest: string;
  /** As written, with its line breaks, without what a heredoc holds. */
  readonly source: string;
  readonly heredocs: readonly Heredoc[];
}

/** `<<EOF` with the lines that follow it. */
export interface Heredoc {
  readonly name: string;
  readonly content: string;
  /** Variables in it are replaced: its name was not quoted. */
  readonly expands: boolean;
}

export interface Dockerfile {
  /** What continues a line and keeps `$` from its meaning. */
  readonly escape: string;
  readonly instructions: readonly Instruction[];
  readonly lines: readonly string[];
}

/** Splits a Dockerfile into its instructions. Throws EngineError DOCKERFILE_INVALID. */
export function parseDockerfile(text: string): Dockerfile {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const escape = directiveOf(lines, 'escape') ?? '\\';
  const instructions: Instruction[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    if (isSkipped(line)) at += 1;
    else {
      const instruction = readInstruction(lines, at, escape);
      instructions.push(instruction);
      at = instruction.endLine;
    }
  }
  if (instructions.length === 0) throw dockerfileInvalid('the file has no instruction', 1, lines);
  return { escape, instructions, lines };
}

/** The value of a parser directive: a comment at the very top. */
function directiveOf(lines: readonly string[], name: string): string | undefined {
  for (const line of lines) {
    const match = /^\s*#\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (!match) return undefined;
    if (match[1]?.toLowerCase() === name) return match[2];
  }
  return undefined;
}

function isSkipped(line: string): boolean {
  return /^\s*(#|$)/.test(line);
}

function readInstruction(lines: readonly string[], start: number, escape: string): Instruction {
  const { joined, end } = joinLines(lines, start, escape);
  const match = /^\s*([A-Za-z]+)(?:\s+([\s\S]*))?$/.exec(joined);
  if (!match) throw dockerfileInvalid(`"${joined.trim()}" is no instruction`, start + 1, lines);
  const keyword = (match[1] ?? '').toUpperCase();
  if (!KEYWORDS.has(keyword)) {
    throw dockerfileInvalid(`unknown instruction: ${match[1] ?? ''}`, start + 1, lines);
  }
  const { flags, rest } = splitFlags((match[2] ?? '').trim());
  if (rest === '') throw dockerfileInvalid(`${keyword} requires ${argumentsOf(keyword)}`, start + 1, lines);
  const { heredocs, next } = readHeredocs(lines, { keyword, rest, from: end });
  const source = lines.slice(start, end).join('\n');
  return { line: start + 1, endLine: next, keyword, flags, rest, source, heredocs };
}

/** Continued lines as one; comments and empty lines between them do not count. */
function joinLines(lines: readonly string[], start: number, escape: string): { joined: string; end: number } {
  const parts: string[] = [];
  let at = start;
  for (; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (at > start && isSkipped(line)) continue;
    const bare = line.trimEnd();
    if (!bare.endsWith(escape)) {
      parts.push(line);
      return { joined: parts.join(''), end: at + 1 };
    }
    parts.push(bare.slice(0, -1));
  }
  return { joined: parts.join(''), end: at };
}

function splitFlags(text: string): { flags: string[]; rest: string } {
  const flags: string[] = [];
  let rest = text;
  for (;;) {
    const match = /^(--[a-zA-Z][^\s]*)(?:\s+|$)/.exec(rest);
    if (!match) return { flags, rest };
    flags.push(match[1] ?? '');
    rest = rest.slice(match[0].length);
  }
}

function readHeredocs(
  lines: readonly string[],
  of: { keyword: string; rest: string; from: number },
): { heredocs: Heredoc[]; next: number } {
  const heredocs: Heredoc[] = [];
  let at = of.from;
  if (!['RUN', 'COPY', 'ADD'].includes(of.keyword)) return { heredocs, next: at };
  for (const match of of.rest.matchAll(HEREDOC)) {
    const [, dash = '', quoted, plain] = match;
    const name = quoted?.slice(1, -1) ?? plain ?? '';
    const content: string[] = [];
    const stripped = (line: string) => (dash === '' ? line : line.replace(/^\t+/, ''));
    while (at < lines.length && stripped(lines[at] ?? '') !== name) content.push(stripped(lines[at++] ?? ''));
    if (at >= lines.length) throw dockerfileInvalid(`the heredoc ${name} has no end`, of.from, lines);
    at += 1;
    heredocs.push({
      name,
      content: content.map((line) => `${line}\n`).join(''),
      expands: quoted === undefined,
    });
  }
  return { heredocs, next: at };
}

/** `<<EOF`, `<<-EOF`, `<<"EOF"`; not `<<<`, nor what stands in the middle of a word. */
export const HEREDOC =
  /(?<![^\s\d])\d*<<(-?)(?:("[^"\s]+"|'[^'\s]+')|([A-Za-z_][A-Za-z0-9_.]*))(?=\s|$|[;|&>)])/g;

function argumentsOf(keyword: string): string {
  if (['ADD', 'COPY'].includes(keyword)) return 'at least two arguments';
  if (keyword === 'FROM') return 'either one or three arguments';
  if (['WORKDIR', 'USER', 'STOPSIGNAL', 'MAINTAINER', 'SHELL'].includes(keyword))
    return 'exactly one argument';
  return 'at least one argument';
}

const KEYWORDS = new Set([
  'ADD',
  'ARG',
  'CMD',
  'COPY',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'FROM',
  'HEALTHCHECK',
  'LABEL',
  'MAINTAINER',
  'ONBUILD',
  'RUN',
  'SHELL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
]);
