import { Diagnostics } from './diagnostics.ts';
import { discover } from './discover.ts';
import type { ProjectFiles } from './discover.ts';
import { checkConsistency } from './check/consistency.ts';
import { checkSemantics } from './check/semantics.ts';
import { withDefaults } from './defaults.ts';
import type { Environment } from './environment/project-environment.ts';
import { resolveLabelFiles, resolveServiceEnvironment } from './environment/service-environment.ts';
import * as mistakes from './errors.ts';
import { mergeLayers } from './layers.ts';
import { parseLayer } from './layer.ts';
import type { Layer } from './layer.ts';
import { normalise } from './normalise.ts';
import type { LoadOptions } from './options.ts';
import { resolvePaths } from './paths.ts';
import { activeProfiles, withActiveServices, withoutUnused, withSelectedServices } from './profiles.ts';
import { projectNameFor } from './project-name.ts';
import { decode, readSource } from './text/read-source.ts';
import type { SourceText } from './text/source-text.ts';
import { child, mapFrom, mapOf, scalar, withKey } from './tree/node.ts';
import type { Entry, MapNode, Node } from './tree/node.ts';
import { tidy } from './tidy.ts';
import { withUnits } from './units/units.ts';
import { withYamlReader } from './yaml/read-yaml.ts';

/** A project as the phases leave it: the tree still knows where each value stands. */
export interface LoadedModel {
  readonly name: string;
  readonly workingDir: string;
  readonly files: readonly string[];
  readonly environment: Environment;
  /** Of included files, for their secrets and configs. */
  readonly grantVariables: ReadonlyMap<string, string>;
  readonly model: MapNode;
  /** The model before services were left out. */
  readonly everything: MapNode;
  readonly disabled: readonly string[];
  readonly diagnostics: Diagnostics;
}

/**
 * Runs the phases of `docs/loading.md` in their order.
 *
 * @throws {ComposeError} with the first mistake in file order, the others in `others`
 */
export async function loadModel(options: LoadOptions): Promise<LoadedModel> {
  const early = new Diagnostics();
  const found = discover(options, early);
  if (found === undefined) return failed(early);
  const stdin = found.files.includes('-') ? ((await options.stdin?.()) ?? '') : '';
  return withYamlReader(() => loadFiles({ found, options, stdin, diagnostics: early.copy() }));
}

/** Everything behind the discovery, without a pause: what waits for the outside was fetched before. */
function loadFiles({ found, options, stdin, diagnostics }: FilesToLoad): LoadedModel {
  const layers = readLayers(found, { stdin, diagnostics });
  const name = projectNameFor({ options, layers, ...found }, diagnostics);
  const environment = withProjectName(found.environment, name);
  const grantVariables = new Map<string, string>();
  const merged = mergeLayers(layers, {
    diagnostics,
    environment,
    workingDir: found.workingDir,
    interpolate: options.interpolate !== false,
    mergeLayers,
    including: found.files,
    grantVariables,
  });
  if (merged?.kind !== 'map') {
    const [layer] = layers;
    if (layer && !diagnostics.failed)
      diagnostics.report(mistakes.emptyFile({ source: layer.source, start: 0, end: 0 }));
    return failed(diagnostics);
  }
  const named = withServices(withKey(merged, 'name', nameNode(merged, name)));
  return finish(named, { name, environment, found, options, diagnostics, grantVariables });
}

interface FilesToLoad {
  readonly found: ProjectFiles;
  readonly options: LoadOptions;
  /** What the standard input held, when `-` is among the files. */
  readonly stdin: string;
  readonly diagnostics: Diagnostics;
}

interface Loading {
  readonly name: string;
  readonly environment: Environment;
  readonly found: ProjectFiles;
  readonly options: LoadOptions;
  readonly diagnostics: Diagnostics;
  readonly grantVariables: ReadonlyMap<string, string>;
}

/** The phases that see the whole model, all files merged. */
function finish(merged: MapNode, loading: Loading): LoadedModel {
  const { name, environment, found, options, diagnostics, grantVariables } = loading;
  const { workingDir, files } = found;
  const interpolated = options.interpolate !== false;
  const complete = withDefaults(merged);
  if (interpolated) checkSemantics(complete, diagnostics);
  const absolute =
    options.resolvePaths === false ? complete : resolvePaths(complete, { workingDir, environment });
  const uniform = interpolated ? withUnits(absolute, diagnostics) : absolute;
  const normal =
    options.normalize === false ? asMap(uniform) : normalise(asMap(uniform), { name, environment });
  const profiles = activeProfiles(options.profiles, environment);
  const wanted = options.services ?? [];
  const { model, disabled, disabledServices } = withActiveServices(normal, { profiles, named: wanted });
  if (options.consistency !== false)
    checkConsistency({ model, disabled: disabledServices, wanted, diagnostics });
  const selected = withSelectedServices(model, wanted);
  const kept = options.allResources === true ? selected : withoutUnused(selected);
  const resolved = withServiceFiles(kept, { options, environment, diagnostics });
  diagnostics.throwIfAny();
  return {
    name,
    workingDir,
    files,
    environment,
    grantVariables,
    model: asMap(interpolated ? tidy(resolved) : resolved),
    everything: normal,
    disabled,
    diagnostics,
  };
}

function readLayers(
  { files }: ProjectFiles,
  { stdin, diagnostics }: { stdin: string; diagnostics: Diagnostics },
): Layer[] {
  const layers: Layer[] = [];
  for (const file of files) {
    const source = file === '-' ? standardInput(stdin, diagnostics) : readSource(file, { diagnostics });
    if (source !== undefined) layers.push(parseLayer(source, diagnostics));
  }
  if (layers.length === 0) diagnostics.throwIfAny();
  return layers;
}

function standardInput(text: string, diagnostics: Diagnostics): SourceText | undefined {
  const file = '<stdin>';
  diagnostics.fileRead(file);
  const read = decode(file, Buffer.from(text));
  if ('source' in read) return read.source;
  diagnostics.report(read.mistake);
  return undefined;
}

function withProjectName(environment: Environment, name: string): Environment {
  return new Map(environment).set('COMPOSE_PROJECT_NAME', { value: name, origin: 'the name of the project' });
}

function withServices(model: MapNode): MapNode {
  return child(model, 'services')?.kind === 'map'
    ? model
    : withKey(model, 'services', mapFrom({}, { ...model.mark, end: model.mark.start }));
}

function nameNode(model: MapNode, name: string): Node {
  const written = child(model, 'name');
  return written?.kind === 'scalar'
    ? { ...written, value: name }
    : scalar(name, { ...model.mark, end: model.mark.start });
}

function withServiceFiles(
  model: MapNode,
  {
    options,
    environment,
    diagnostics,
  }: { options: LoadOptions; environment: Environment; diagnostics: Diagnostics },
): MapNode {
  const services = child(model, 'services');
  if (services?.kind !== 'map' || options.interpolate === false) return model;
  const entries = new Map<string, Entry>();
  for (const [name, { key, value }] of services.entries) {
    let service = value;
    if (service.kind === 'map' && options.resolveEnvironment !== false) {
      service = resolveServiceEnvironment(service, { environment, diagnostics });
    }
    if (service.kind === 'map') service = resolveLabelFiles(service, { environment, diagnostics });
    entries.set(name, { key, value: service });
  }
  return withKey(model, 'services', { ...services, ...mapOf(entries, services.mark) });
}

function asMap(node: Node): MapNode {
  return node.kind === 'map' ? node : mapFrom({}, node.mark);
}

function failed(diagnostics: Diagnostics): never {
  diagnostics.throwIfAny();
  throw new Error('a project without files and without a mistake');
}
