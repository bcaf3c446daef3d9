import { createHash } from 'node:crypto';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { ComposeError } from '../../model/errors.ts';
import { Diagnostics } from '../diagnostics.ts';
import { parseLayer } from '../layer.ts';
import { readText } from '../text/read-source.ts';
import { rangeOf, type Mark } from '../text/source-text.ts';
import { child, type Node, type ScalarNode } from '../tree/node.ts';

/** A file as others get it, with the names that it has beside it there. */
export interface PublishedFile {
  readonly kind: 'compose' | 'extended' | 'env';
  readonly name: string;
  readonly text: string;
}

/**
 * The compose files of a project with everything that they read from beside them: the files that services extend, and
 * the `env_file`s where they are wanted. What is read is named by the digest of its path, so that no path gets out.
 * @throws {ComposeError} PUBLISH_INCLUDES
 */
export function publishedFiles(
  files: readonly string[],
  { workingDir, withEnv }: { readonly workingDir: string; readonly withEnv: boolean },
): PublishedFile[] {
  const published: PublishedFile[] = [];
  const extended = new Map<string, string>();
  const envs = new Map<string, string>();
  for (const file of files) {
    const name = relative(workingDir, file);
    published.push({ kind: 'compose', name, text: rewritten(file, { workingDir, extended, envs }) });
  }
  for (const [file, name] of extended) {
    const about = { workingDir: dirname(file), extended, envs };
    published.push({ kind: 'extended', name, text: rewritten(file, about) });
  }
  for (const [file, name] of withEnv ? envs : []) {
    const read = readText(file);
    if ('source' in read) published.push({ kind: 'env', name, text: read.source.text });
  }
  return published;
}

interface Rewriting {
  /** Where relative paths of the file start. */
  readonly workingDir: string;
  /** Path → name among what is published; a map that grows while it is gone through. */
  readonly extended: Map<string, string>;
  readonly envs: Map<string, string>;
}

interface Edit {
  readonly mark: Mark;
  readonly text: string;
}

function rewritten(file: string, about: Rewriting): string {
  const read = readText(file);
  if (!('source' in read)) throw new ComposeError('COMPOSE_UNREADABLE', `cannot read ${file}`);
  const { source } = read;
  const edits: Edit[] = [];
  for (const document of parseLayer(source, new Diagnostics()).documents) {
    const include = child(document, 'include');
    if (include) throw hasIncludes(include.mark);
    const services = child(document, 'services');
    if (services?.kind !== 'map') continue;
    for (const { value } of services.entries.values()) edits.push(...editsOf(value, about));
  }
  edits.sort((a, b) => b.mark.start - a.mark.start);
  return edits.reduce(
    (text, { mark, text: by }) => text.slice(0, mark.start) + by + text.slice(mark.end),
    source.text,
  );
}

function editsOf(service: Node, { workingDir, extended, envs }: Rewriting): Edit[] {
  const other = child(child(service, 'extends'), 'file');
  const asked = child(service, 'env_file');
  const entries = asked?.kind === 'sequence' ? asked.items : asked ? [asked] : [];
  const paths = entries.map((entry) => (entry.kind === 'map' ? child(entry, 'path') : entry));
  return [
    ...(isText(other) ? [edit(other, { workingDir, names: extended, ending: 'yaml' })] : []),
    ...paths.filter(isText).map((path) => edit(path, { workingDir, names: envs, ending: 'env' })),
  ];
}

function edit(
  node: ScalarNode,
  about: { workingDir: string; names: Map<string, string>; ending: string },
): Edit {
  const value = String(node.value);
  const path = isAbsolute(value) ? value : join(about.workingDir, value);
  const name = `${createHash('sha256').update(path).digest('hex')}.${about.ending}`;
  about.names.set(path, name);
  return { mark: node.mark, text: name };
}

function isText(node: Node | undefined): node is ScalarNode {
  return node?.kind === 'scalar' && typeof node.value === 'string';
}

function hasIncludes(mark: Mark): ComposeError {
  return new ComposeError('PUBLISH_INCLUDES', 'cannot publish compose file with local includes', {
    at: rangeOf(mark),
    hint: 'write what is included into the file:  berth config --no-interpolate > compose.published.yaml',
  });
}
