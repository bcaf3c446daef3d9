import type { Diagnostics } from '../diagnostics.ts';
import * as mistakes from '../errors.ts';
import { asLabel } from '../canonical/collections.ts';
import { readText } from '../text/read-source.ts';
import type { Mark } from '../text/source-text.ts';
import { child, mapOf, overriding, scalar, textOf, withKeys } from '../tree/node.ts';
import type { Entry, MapNode, Node } from '../tree/node.ts';
import { readDotenv } from './dotenv.ts';
import type { EnvLine } from './dotenv.ts';
import type { Environment } from './project-environment.ts';
import { readRawEnv } from './raw-env.ts';

interface Context {
  readonly environment: Environment;
  readonly diagnostics: Diagnostics;
}

/**
 * A service with its environment complete: `environment` over the last `env_file` over the first, bare names taken
 * from the project's environment. `env_file` is gone from the result.
 */
export function resolveServiceEnvironment(service: MapNode, context: Context): MapNode {
  const own = child(service, 'environment');
  const files = child(service, 'env_file');
  if (own?.kind !== 'map' && files?.kind !== 'sequence') return service;
  const resolved =
    own?.kind === 'map' ? resolveBareNames(own, context.environment) : mapOf(new Map(), service.mark);
  const entries = new Map<string, Entry>();
  for (const file of files?.kind === 'sequence' ? files.items : [])
    readEnvFile(file, { entries, own: resolved, context });
  for (const [name, entry] of resolved.entries) setOver(entries, name, entry);
  return withKeys(service, {
    environment: { ...resolved, ...mapOf(entries, resolved.mark) },
    env_file: undefined,
  });
}

/** A service whose `label_file`s are read into `labels`, which win. */
export function resolveLabelFiles(service: MapNode, context: Context): MapNode {
  const files = child(service, 'label_file');
  const own = child(service, 'labels');
  if (files?.kind !== 'sequence') return service;
  const entries = new Map<string, Entry>();
  for (const item of files.items) {
    const file = textOf(item);
    if (file === undefined) continue;
    for (const { name, value, line } of readLines(file, {
      mark: item.mark,
      raw: false,
      context,
      lookup: lookupIn(context),
    })) {
      const node = { ...scalar(value ?? '', item.mark), from: `${file}:${String(line)}` };
      setOver(entries, name, { key: item.mark, value: node });
    }
  }
  for (const [name, { key, value }] of own?.kind === 'map' ? own.entries : []) {
    setOver(entries, name, { key, value: asLabel(value) });
  }
  return withKeys(service, { labels: mapOf(entries, own?.mark ?? files.mark), label_file: undefined });
}

/** `NAME:` and `- NAME` with the value that `environment` has for it, if any. */
export function resolveBareNames(own: MapNode, environment: Environment): MapNode {
  const entries = new Map<string, Entry>();
  for (const [name, { key, value }] of own.entries) {
    const found = value.kind === 'scalar' && value.value === null ? environment.get(name) : undefined;
    const use = found && { name, value: found.value, origin: found.origin };
    entries.set(name, { key, value: use ? { ...scalar(found.value, value.mark), variables: [use] } : value });
  }
  return { ...own, entries };
}

function readEnvFile(
  file: Node,
  { entries, own, context }: { entries: Map<string, Entry>; own: MapNode; context: Context },
): void {
  const path = textOf(file, 'path');
  if (path === undefined) return;
  const format = textOf(file, 'format');
  const pathMark = child(file, 'path')?.mark ?? file.mark;
  if (format !== undefined && format !== 'raw' && format !== '') {
    context.diagnostics.report(mistakes.envFileFormat(format, child(file, 'format')?.mark ?? file.mark));
    return;
  }
  const required = child(file, 'required');
  const optional = required?.kind === 'scalar' && required.value === false;
  // A line may use the project's variables, what the service itself sets, and what earlier files set.
  const lookup = (name: string): string | undefined =>
    lookupIn(context)(name) ?? textOf(own.entries.get(name)?.value) ?? textOf(entries.get(name)?.value);
  const lines = readLines(path, { mark: pathMark, raw: format === 'raw', optional, context, lookup });
  for (const { name, value, line } of lines) {
    if (value === undefined) continue;
    setOver(entries, name, {
      key: pathMark,
      value: { ...scalar(value, pathMark), from: `${path}:${String(line)}` },
    });
  }
}

function readLines(
  file: string,
  {
    mark,
    raw,
    optional = false,
    context,
    lookup,
  }: {
    mark: Mark;
    raw: boolean;
    optional?: boolean;
    context: Context;
    lookup: (name: string) => string | undefined;
  },
): EnvLine[] {
  const { diagnostics } = context;
  const read = readText(file);
  if ('source' in read) return (raw ? readRawEnv : readDotenv)(read.source, { lookup, diagnostics });
  if (!(read.missing && optional)) {
    const reason = read.mistake.message.replace(`open ${file}: `, '');
    diagnostics.report(mistakes.envFileUnreadable({ file, reason, mark }));
  }
  return [];
}

function lookupIn({ environment }: Context): (name: string) => string | undefined {
  return (name) => environment.get(name)?.value;
}

function setOver(entries: Map<string, Entry>, name: string, { key, value }: Entry): void {
  const overrode = entries.get(name)?.value;
  entries.set(name, { key, value: overrode === undefined ? value : overriding(value, overrode) });
}
