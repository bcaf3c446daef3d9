import type { BuildRequest } from '../model/build.ts';
import type { ComposeValue, Project } from '../model/compose.ts';
import { label } from '../plan/labels.ts';
import { imageOf, networkName } from '../plan/names.ts';
import { byteSize, textOf, textsOf } from './values.ts';

/** What the command line says about builds, over what the file says. */
export interface BuildFlags {
  readonly noCache?: boolean | undefined;
  readonly pull?: boolean | undefined;
  readonly args?: Readonly<Record<string, string>> | undefined;
  /** `default` or `id=path`. */
  readonly ssh?: readonly string[] | undefined;
  readonly memory?: string | undefined;
}

type Build = { readonly [key: string]: ComposeValue };

/** What the engine is asked to build for a service; undefined when it has no `build`. */
export function buildRequestFor(
  project: Project,
  service: string,
  flags: BuildFlags = {},
): BuildRequest | undefined {
  const model = project.model.services[service];
  const build = model?.build;
  if (!model || !build) return undefined;
  const inline = textOf(build['dockerfile_inline']);
  const tags = [imageOf(project, service), ...(textsOf(build['tags']) ?? [])];
  const shmSizeBytes = byteSize(build['shm_size']);
  return {
    context: textOf(build['context']) ?? project.workingDir,
    dockerfile: textOf(build['dockerfile']) ?? 'Dockerfile',
    ...(inline !== undefined && { dockerfileInline: inline }),
    args: { ...mapOfTexts(build['args']), ...flags.args },
    givenArgs: Object.keys(flags.args ?? {}),
    target: textOf(build['target']) ?? '',
    tags: [...new Set(tags)],
    labels: {
      ...mapOfTexts(build['labels']),
      [label.project]: project.name,
      [label.service]: service,
    },
    contexts: contextsOf(project, build),
    noCache: flags.noCache ?? build['no_cache'] === true,
    noCacheFilter: listOf(build['no_cache_filter']),
    pull: flags.pull ?? build['pull'] === true,
    network: networkOf(project, build),
    extraHosts: listOf(build['extra_hosts']).map((entry) => entry.replace('=', ':')),
    platform: platformOf(build, textOf(model['platform'])),
    secrets: secretsOf(project, build),
    ssh: [...sshOf(build), ...(flags.ssh ?? [])].map((entry) => withAgent(project, entry)),
    ulimits: ulimitsOf(build['ulimits']),
    memory: flags.memory ?? '',
    privileged: build['privileged'] === true,
    ...(shmSizeBytes !== undefined && { shmSizeBytes }),
  };
}

/** Services whose image this one's build begins with or copies from. */
export function buildNeeds(build: Build | undefined): string[] {
  const contexts = Object.values(mapOfTexts(build?.['additional_contexts']));
  return contexts.flatMap((value) => (value.startsWith('service:') ? [value.slice('service:'.length)] : []));
}

function contextsOf(project: Project, build: Build): Record<string, string> {
  const contexts = Object.entries(mapOfTexts(build['additional_contexts']));
  return Object.fromEntries(
    contexts.map(([name, value]) => {
      if (!value.startsWith('service:')) return [name, value];
      return [name, `docker-image://${imageOf(project, value.slice('service:'.length))}`];
    }),
  );
}

/** A network of the project by its key, or any other by its name. */
function networkOf(project: Project, build: Build): string {
  const network = textOf(build['network']) ?? '';
  const isKey = Object.keys(project.model.networks ?? {}).includes(network);
  return isKey && !['default', 'host', 'none'].includes(network) ? networkName(project, network) : network;
}

/** The engine knows its own platform: it takes one of several that is its own. */
function platformOf(build: Build, platform: string | undefined): string {
  const platforms = listOf(build['platforms']);
  const own = `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`;
  if (platforms.length > 0) return platforms.find((one) => one === own) ?? platforms[0] ?? '';
  return platform ?? '';
}

function secretsOf(project: Project, build: Build): BuildRequest['secrets'][number][] {
  const grants = Array.isArray(build['secrets']) ? (build['secrets'] as readonly ComposeValue[]) : [];
  return grants.map((grant) => {
    const fields = typeof grant === 'string' ? { source: grant } : (grant as Record<string, unknown>);
    const source = textOf(fields['source']) ?? '';
    const object = project.model.secrets?.[source];
    const id = (textOf(fields['target']) ?? source).replace(/^.*\//, '');
    if (object?.file !== undefined) return { id, file: object.file };
    const value = project.environment[object?.environment ?? ''] ?? '';
    return { id, content: Buffer.from(value).toString('base64') };
  });
}

/** `default`, or `id=path`. */
function sshOf(build: Build): string[] {
  const ssh = build['ssh'];
  if (Array.isArray(ssh)) return listOf(ssh);
  return Object.entries(mapOfTexts(ssh)).map(([id, path]) => (path === '' ? id : `${id}=${path}`));
}

function withAgent(project: Project, entry: string): string {
  if (entry.includes('=')) return entry;
  const socket = project.environment['SSH_AUTH_SOCK'] ?? '';
  return socket === '' ? entry : `${entry}=${socket}`;
}

function ulimitsOf(value: ComposeValue | undefined): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).map(([name, limit]) => {
    if (typeof limit !== 'object' || limit === null || Array.isArray(limit))
      return `${name}=${String(limit)}`;
    const { soft, hard } = limit as { soft?: unknown; hard?: unknown };
    return `${name}=${String(soft)}:${String(hard)}`;
  });
}

function mapOfTexts(value: ComposeValue | undefined): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, text]) =>
      text === null && key === '' ? [] : [[key, textIn(text)]],
    ),
  );
}

function textIn(value: ComposeValue | undefined): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function listOf(value: ComposeValue | undefined): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.map(textIn) : [];
}
