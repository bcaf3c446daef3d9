import { createHash } from 'node:crypto';
import { symlinkTarget } from '../../host/file-chunks.ts';
import { fileFacts, listFolder, readBytes } from '../../host/files-now.ts';
import { IgnorePatterns } from './ignore-patterns.ts';
import type { Recipe } from './recipe.ts';

/** A file as it was seen: size, mode, inode and time of change tell cheaply whether it may have changed. */
export interface SeenFile {
  readonly stamp: string;
  readonly mode: number;
  /** Of the content, or of what a link points to. */
  readonly hash: string;
}

export type SeenFiles = Readonly<Record<string, SeenFile>>;

/** The folders that a build reads, each with the parts of it that count. */
export interface ReadFolder {
  /** Empty for the build context itself. */
  readonly name: string;
  readonly path: string;
  readonly ignore: string;
  /** Paths below the folder; an empty one is all of it. */
  readonly parts: readonly string[];
}

/** What of the contexts the needed stages copy. Throws nothing; what is missing counts as missing. */
export function readFolders(recipe: Recipe, context: string): ReadFolder[] {
  const parts = new Map<string, Set<string>>();
  const add = (name: string, part: string): void => {
    parts.set(name, (parts.get(name) ?? new Set()).add(part));
  };
  for (const { instructions } of recipe.plan.needed) {
    for (const { keyword, flags, rest, heredocs, line } of instructions) {
      if (keyword === 'ONBUILD') add('', '');
      if (keyword === 'RUN') {
        for (const mount of flags.filter((flag) => flag.startsWith('--mount='))) {
          const bind = bindMount(mount);
          if (bind) add(folderName(recipe, bind.from, line), bind.source);
        }
      }
      if (keyword !== 'COPY' && keyword !== 'ADD') continue;
      const from = flags.find((flag) => flag.startsWith('--from='))?.slice('--from='.length) ?? '';
      if (heredocs.length > 0) continue;
      for (const source of sourcesOf(rest)) add(folderName(recipe, from, line), source);
    }
  }
  return [...parts].flatMap(([name, set]) => {
    const path = name === '' ? context : recipe.folders.get(name);
    if (path === undefined) return [];
    return [{ name, path, ignore: name === '' ? recipe.ignore : '', parts: outermost(set) }];
  });
}

/** Looks at every file that counts; the content is read only where `before` does not know it. */
export function seeFiles(folders: readonly ReadFolder[], before: SeenFiles): SeenFiles {
  const seen: Record<string, SeenFile> = {};
  for (const folder of folders) {
    const ignore = new IgnorePatterns(folder.ignore);
    for (const part of folder.parts) walk({ folder, ignore, before, seen }, part);
  }
  return seen;
}

/** The paths that differ, in order. */
export function changedPaths(before: SeenFiles, after: SeenFiles): string[] {
  const paths = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...paths]
    .filter((path) => before[path]?.hash !== after[path]?.hash || before[path]?.mode !== after[path]?.mode)
    .sort();
}

interface Walk {
  readonly folder: ReadFolder;
  readonly ignore: IgnorePatterns;
  readonly before: SeenFiles;
  readonly seen: Record<string, SeenFile>;
}

function walk(about: Walk, path: string): void {
  const { folder, ignore } = about;
  if (path !== '' && ignore.prunes(path)) return;
  const place = path === '' ? folder.path : `${folder.path}/${path}`;
  const facts = fileFacts(place, { follow: path === '' });
  if (!facts) return;
  if (facts.kind === 'folder') {
    if (path !== '' && !ignore.ignores(path))
      note(about, path, { stamp: '', mode: facts.mode, hash: 'folder' });
    for (const name of listFolder(place)) walk(about, path === '' ? name : `${path}/${name}`);
    return;
  }
  if (ignore.ignores(path)) return;
  const stamp = [facts.size, facts.modifiedNs, facts.inode].join(' ');
  const known = about.before[key(folder, path)];
  const hash = known?.stamp === stamp ? known.hash : hashOf(place, facts.kind);
  note(about, path, { stamp, mode: facts.mode, hash });
}

function note({ folder, seen }: Walk, path: string, file: SeenFile): void {
  seen[key(folder, path)] = file;
}

function key(folder: ReadFolder, path: string): string {
  return folder.name === '' ? path : `${folder.name}: ${path}`;
}

function hashOf(path: string, kind: string): string {
  if (kind === 'link') return `link ${symlinkTarget(path) ?? ''}`;
  if (kind !== 'file') return kind;
  return createHash('sha256')
    .update(readBytes(path) ?? '')
    .digest('base64');
}

function folderName(recipe: Recipe, from: string, line: number): string {
  if (from === '') return '';
  const source = recipe.plan.sourceOf(from, line);
  return source.kind === 'context' ? source.name : NOT_A_FOLDER;
}

const NOT_A_FOLDER = '\0';

function bindMount(flag: string): { from: string; source: string } | undefined {
  const options = new Map(
    flag
      .slice('--mount='.length)
      .split(',')
      .map((part) => [part.split('=', 1)[0] ?? '', part.slice(part.indexOf('=') + 1)]),
  );
  if ((options.get('type') ?? 'bind') !== 'bind') return undefined;
  return {
    from: options.get('from') ?? '',
    source: plainPart(options.get('source') ?? options.get('src') ?? ''),
  };
}

/** All words but the last, which is where they go. */
function sourcesOf(rest: string): string[] {
  const words = rest.startsWith('[') ? jsonWords(rest) : rest.split(/\s+/);
  return words
    .slice(0, -1)
    .filter((word) => !/^(?:https?|git|ftp):\/\//.test(word))
    .map(plainPart);
}

function jsonWords(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.map(String) : text.split(/\s+/);
  } catch {
    return text.split(/\s+/);
  }
}

/** The path up to its first part that is not plain text. */
function plainPart(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (/[*?[\\$]/.test(part)) break;
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** Without paths that lie below others. */
function outermost(parts: ReadonlySet<string>): string[] {
  if (parts.has('')) return [''];
  return [...parts].filter(
    (part) => ![...parts].some((other) => other !== part && part.startsWith(`${other}/`)),
  );
}
