import { Command, Option } from 'commander';
import type { LoadOptions, LoadResult } from '../../compose/index.ts';
import type { ComposeModel } from '../../model/compose.ts';
import { UsageError } from '../../model/errors.ts';
import { formatRange } from '../../model/source.ts';
import { writeTextFile } from '../../host/text-files.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { examples } from '../overview.ts';
import { loadOptionsOf } from '../project.ts';

interface ConfigFlags {
  readonly format?: 'yaml' | 'json';
  readonly quiet?: boolean;
  readonly output?: string;
  readonly services?: boolean;
  readonly networks?: boolean;
  readonly volumes?: boolean;
  readonly models?: boolean;
  readonly profiles?: boolean;
  readonly images?: boolean;
  readonly variables?: boolean;
  readonly environment?: boolean;
  readonly hash?: string;
  readonly resolveImageDigests?: boolean;
  readonly lockImageDigests?: boolean;
  readonly explain?: string;
  readonly graph?: 'mermaid' | 'dot';
  readonly allResources?: boolean;
  readonly interpolate: boolean;
  readonly normalize: boolean;
  readonly pathResolution: boolean;
  readonly consistency: boolean;
  readonly envResolution: boolean;
}

/** `berth config`: the project as Berth understands it. */
export function configCommand(): Command {
  return new Command('config')
    .alias('convert')
    .description('check the compose file and print it in its full form')
    .argument('[services...]', 'only these, and what they depend on')
    .addOption(new Option('--format <format>', 'yaml (default) or json').choices(['yaml', 'json']))
    .option('-q, --quiet', 'only check, print nothing')
    .option('-o, --output <file>', 'write to a file')
    .option('--explain <path>', 'where a value comes from: services.web.environment.DEBUG')
    .addOption(
      new Option('--graph <format>', 'draw services, networks and ports').choices(['mermaid', 'dot']),
    )
    .option('--services', 'names of services')
    .option('--networks', 'names of networks')
    .option('--volumes', 'names of volumes')
    .option('--models', 'names of models')
    .option('--profiles', 'names of profiles')
    .option('--images', 'names of images')
    .option('--variables', 'variables that the files name, with defaults')
    .option('--environment', 'the variables that the files see')
    .option('--hash <service>', 'digest of the definition of a service; * for all')
    .option('--resolve-image-digests', 'images by their digests, as their registries have them now')
    .option('--lock-image-digests', 'an override file that names images by their digests')
    .option('--all-resources', 'what no service uses, too')
    .option('--no-interpolate', 'leave variables as they stand')
    .option('--no-normalize', 'no default network, names, or implied dependencies')
    .option('--no-path-resolution', 'leave relative paths as they stand')
    .option('--no-consistency', 'do not check references')
    .option('--no-env-resolution', 'leave env_file and bare names as they stand')
    .addHelpText(
      'before',
      examples([
        'berth config',
        'berth config --explain services.web.environment.DEBUG',
        'berth config --graph mermaid > stack.mmd',
        'berth -f compose.yaml -f ci.yaml config --format json | jq .services',
      ]),
    )
    .action(verb(config));
}

async function config(context: CliContext, services: string[], flags: ConfigFlags): Promise<undefined> {
  const { loadProject } = await import('../../compose/index.ts');
  const wanted = filterable(context, services, flags);
  const result = await loadProject(loadOptions(context, { services: wanted, flags }));
  tellWarnings(context, result);
  const text = flags.quiet === true ? '' : await textOf(context, result, flags);
  if (flags.output === undefined) context.out.write(text);
  else writeTextFile(flags.output, text);
}

async function textOf(context: CliContext, result: LoadResult, flags: ConfigFlags): Promise<string> {
  if (!flags.resolveImageDigests && !flags.lockImageDigests) return await viewOf(result, flags);
  const { imageDigests, lockFile, withImages } = await import('../image-digests.ts');
  const images = await imageDigests(context, result.project);
  return flags.lockImageDigests ? lockFile(images) : await viewOf(withImages(result, images), flags);
}

/** Without interpolation it is not known what belongs to a service. */
function filterable({ err }: CliContext, services: readonly string[], flags: ConfigFlags): readonly string[] {
  const [flag] = [flags.interpolate ? '' : '--no-interpolate', flags.variables ? '--variables' : ''].filter(
    (name) => name !== '',
  );
  if (flag === undefined || services.length === 0) return services;
  const text = `service filtering is not applied when ${flag} is set`;
  err.line(`${err.colours.warning('warning:')} ${text}`);
  return [];
}

function loadOptions(
  { globals }: CliContext,
  { services, flags }: { services: readonly string[]; flags: ConfigFlags },
): LoadOptions {
  const raw = flags.variables === true;
  return {
    ...loadOptionsOf(globals),
    services,
    allResources: [flags.allResources, flags.networks, flags.volumes, flags.models].includes(true),
    interpolate: flags.interpolate && !raw,
    normalize: flags.normalize && !raw,
    resolvePaths: flags.pathResolution,
    consistency: flags.consistency && !raw,
    resolveEnvironment: flags.envResolution,
  };
}

function tellWarnings({ err }: CliContext, { warnings }: LoadResult): void {
  for (const { text, at } of warnings) {
    const place = at ? `${formatRange(at, process.cwd())}: ` : '';
    err.line(`${err.colours.warning('warning:')} ${place}${text}`);
  }
}

async function viewOf(result: LoadResult, flags: ConfigFlags): Promise<string> {
  const { project } = result;
  const { model } = project;
  if (flags.services === true) return lines(Object.keys(model.services));
  if (flags.networks === true) return lines(Object.keys(model.networks ?? {}));
  if (flags.volumes === true) return lines(Object.keys(model.volumes ?? {}));
  if (flags.models === true) return lines(modelsOf(model));
  if (flags.profiles === true) return lines(profilesOf(result));
  if (flags.images === true) return lines(imagesOf(result));
  if (flags.environment === true)
    return lines(Object.entries(project.environment).map(([key, value]) => `${key}=${value}`));
  if (flags.hash !== undefined) return await hashes(result, flags.hash);
  if (flags.variables === true) return await variables(result, flags.format);
  if (flags.explain !== undefined) return await explanation(result, flags.explain);
  if (flags.graph !== undefined) {
    const { renderGraph } = await import('../../compose/show/graph.ts');
    return renderGraph(model, flags.graph);
  }
  return await wholeModel(result, flags);
}

async function wholeModel({ loaded }: LoadResult, { format, interpolate }: ConfigFlags): Promise<string> {
  const { shownModel } = await import('../../compose/show/shown-model.ts');
  const shown = shownModel(loaded.model, { escape: interpolate, sorted: !interpolate });
  if (format === 'json') {
    const { jsonText, renderJson } = await import('../../compose/show/json.ts');
    return interpolate ? renderJson(shown) : `${jsonText(shown, '')}\n`;
  }
  const { renderYaml } = await import('../../compose/show/yaml.ts');
  return renderYaml(shown);
}

async function explanation({ loaded }: LoadResult, path: string): Promise<string> {
  const { explain } = await import('../../compose/show/explain.ts');
  const told = explain(loaded.model, path, process.cwd());
  if (told.found) return told.text;
  const where = told.parent === '' ? 'the project' : told.parent;
  const hint =
    told.suggestion === undefined
      ? `see what is there: berth config --explain ${told.parent || 'services'}`
      : `did you mean \`${[told.parent, told.suggestion].filter((part) => part !== '').join('.')}\`?`;
  throw new UsageError('CONFIG_NO_VALUE', `${path} leads nowhere: ${where} has no such value`, { hint });
}

async function variables({ loaded }: LoadResult, format: ConfigFlags['format']): Promise<string> {
  const { modelVariables, variableTable, variablesAs } = await import('../../compose/show/variables.ts');
  const found = modelVariables(loaded.everything);
  return format === undefined ? variableTable(found) : variablesAs(format, found);
}

async function hashes({ project: plain }: LoadResult, wanted: string): Promise<string> {
  const { digestOf, serviceDefinition } = await import('../../plan/definition.ts');
  const { preparedProject } = await import('../../stack/prepared.ts');
  const project = preparedProject(plain);
  const names = wanted === '*' ? Object.keys(project.model.services) : wanted.split(',');
  return lines(
    names.map((name) => {
      const service = project.model.services[name];
      if (service === undefined)
        throw new UsageError('CONFIG_NO_VALUE', `no such service: ${name}`, {
          hint: 'berth config --services lists them',
        });
      return `${name} ${digestOf(serviceDefinition(project, service))}`;
    }),
  );
}

/** The models that the services are given, by the names that a model runner knows. */
function modelsOf({ models = {} }: ComposeModel): string[] {
  return Object.entries(models).map(([key, definition]) => {
    const model = typeof definition === 'object' && definition !== null && 'model' in definition;
    return model && typeof definition.model === 'string' ? definition.model : key;
  });
}

function profilesOf({ loaded }: LoadResult): string[] {
  const services = loaded.everything.entries.get('services')?.value;
  const profiles = new Set<string>();
  for (const { value } of services?.kind === 'map' ? services.entries.values() : []) {
    const own = value.kind === 'map' ? value.entries.get('profiles')?.value : undefined;
    for (const item of own?.kind === 'sequence' ? own.items : []) {
      if (item.kind === 'scalar') profiles.add(String(item.value));
    }
  }
  return [...profiles];
}

/** A service that is only built has the name that its image will get. */
function imagesOf({ project }: LoadResult): string[] {
  const services = Object.entries(project.model.services);
  return [...new Set(services.map(([name, { image }]) => image ?? `${project.name}-${name}`))];
}

function lines(items: readonly string[]): string {
  return [...items]
    .sort()
    .map((item) => `${item}\n`)
    .join('');
}
