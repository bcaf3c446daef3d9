import { dirname } from 'node:path';
import { asList } from './canonical/collections.ts';
import { resolveBareNames } from './environment/service-environment.ts';
import { absoluteFrom, dotenvIn, withEnvFiles } from './environment/project-environment.ts';
import type { Environment } from './environment/project-environment.ts';
import { withDefaults } from './defaults.ts';
import * as mistakes from './errors.ts';
import { parseLayer } from './layer.ts';
import type { Layer, LayerContext } from './layer.ts';
import { mergeModels } from './merge/merge-models.ts';
import { isRemote, resolvePaths } from './paths.ts';
import { readSource } from './text/read-source.ts';
import type { Mark } from './text/source-text.ts';
import { child, textOf, withKey, withoutKey } from './tree/node.ts';
import type { Entry, MapNode, Node } from './tree/node.ts';

/**
 * A document with what it includes laid below it: local definitions win over included ones, and an earlier include
 * wins over a later one. Each include is a project of its own, with its own folder and its own `.env`.
 */
export function applyIncludes(document: MapNode, context: LayerContext): MapNode {
  const includes = child(document, 'include');
  if (includes?.kind !== 'sequence') return document;
  let model = withoutKey(document, 'include');
  for (const entry of includes.items) {
    const request = requestFrom(entry, context);
    const included = request && loadIncluded(request, context);
    if (included?.kind !== 'map') continue;
    const merged = mergeModels(withoutKey(included, 'name'), model, context.diagnostics);
    if (merged.kind === 'map') model = merged;
  }
  return model;
}

interface IncludeRequest {
  readonly files: readonly { readonly path: string; readonly mark: Mark }[];
  readonly folder: string;
  readonly envFiles: readonly string[] | undefined;
  readonly mark: Mark;
}

/** What one entry asks for; `undefined` when its form is wrong, which the schema reports. */
function requestFrom(entry: Node, { workingDir, diagnostics }: LayerContext): IncludeRequest | undefined {
  const paths = asTexts(entry.kind === 'map' ? child(entry, 'path') : entry);
  if (paths === undefined || paths.length === 0) {
    diagnostics.report(badInclude(entry), ['include']);
    return undefined;
  }
  const remote = paths.find(({ path }) => isRemote(path));
  if (remote !== undefined) {
    diagnostics.report(mistakes.remoteResource(remote.path, remote.mark), ['include']);
    return undefined;
  }
  const files = paths.map(({ path, mark }) => ({ path: absoluteFrom(workingDir, path), mark }));
  const folder = textOf(entry, 'project_directory');
  const envFiles = entry.kind === 'map' ? child(entry, 'env_file') : undefined;
  return {
    files,
    folder: folder === undefined ? dirname(files[0]?.path ?? workingDir) : absoluteFrom(workingDir, folder),
    envFiles: envFiles && asTexts(envFiles)?.map(({ path }) => absoluteFrom(workingDir, path)),
    mark: entry.mark,
  };
}

function loadIncluded(request: IncludeRequest, context: LayerContext): Node | undefined {
  const { diagnostics } = context;
  const layers: Layer[] = [];
  for (const { path, mark } of request.files) {
    if (context.including.includes(path)) {
      const chain = [...context.including.slice(context.including.indexOf(path)), path];
      diagnostics.report(mistakes.includeCycle(chain, mark), ['include']);
      return undefined;
    }
    const source = readSource(path, { diagnostics, mark });
    if (source !== undefined) layers.push(parseLayer(source, diagnostics));
    else diagnostics.taint(['services']);
  }
  const inner: LayerContext = {
    ...context,
    environment: environmentFor(request, context),
    workingDir: request.folder,
    including: [...context.including, ...request.files.map(({ path }) => path)],
  };
  const model = context.mergeLayers(layers, inner);
  if (model === undefined) return undefined;
  const { environment } = inner;
  collectGrantVariables(model, environment, context.grantVariables);
  return withBareNames(
    resolvePaths(withDefaults(model), { workingDir: request.folder, environment }),
    environment,
  );
}

function collectGrantVariables(model: Node, environment: Environment, into: Map<string, string>): void {
  for (const kind of ['secrets', 'configs']) {
    const objects = child(model, kind);
    for (const { value } of objects?.kind === 'map' ? objects.entries.values() : []) {
      const name = textOf(child(value, 'environment')) ?? '';
      const found = environment.get(name);
      if (found !== undefined) into.set(name, found.value);
    }
  }
}

/** Bare names in `environment` are taken from the include's own variables, which nobody else sees. */
function withBareNames(model: Node, environment: Environment): Node {
  const services = child(model, 'services');
  if (model.kind !== 'map' || services?.kind !== 'map') return model;
  const entries = new Map<string, Entry>();
  for (const [name, { key, value }] of services.entries) {
    const own = child(value, 'environment');
    const known = own?.kind === 'map' && value.kind === 'map';
    entries.set(name, {
      key,
      value: known ? withKey(value, 'environment', resolveBareNames(own, environment)) : value,
    });
  }
  return withKey(model, 'services', { ...services, entries });
}

function environmentFor({ envFiles, folder, mark }: IncludeRequest, context: LayerContext): Environment {
  const files = (envFiles ?? dotenvIn(folder)).filter((file) => file !== '/dev/null');
  return withEnvFiles(context.environment, {
    files,
    diagnostics: context.diagnostics,
    ...(envFiles !== undefined && { mark }),
  });
}

function asTexts(node: Node | undefined): { path: string; mark: Mark }[] | undefined {
  const list = node && asList(node);
  if (list?.kind !== 'sequence') return undefined;
  const texts: { path: string; mark: Mark }[] = [];
  for (const item of list.items) {
    const path = textOf(item);
    if (path === undefined) return undefined;
    texts.push({ path, mark: item.mark });
  }
  return texts;
}

function badInclude(entry: Node): ReturnType<typeof mistakes.wrongType> {
  return mistakes.wrongType({
    path: 'include entry',
    wanted: 'a path, or a mapping with `path`',
    got:
      entry.kind === 'map' ? 'a mapping without one' : entry.kind === 'sequence' ? 'a list' : 'another value',
    mark: entry.mark,
    hint: 'write `- ./other/compose.yaml`, or `- path: ./other/compose.yaml`',
  });
}
