import type { ComposeModel, Project, ServiceModel } from '../../model/compose.ts';
import { UsageError } from '../../model/errors.ts';
import { readText } from '../text/read-source.ts';
import {
  findingsIn,
  findingsInEnvFile,
  findingsInFile,
  isTellingVariable,
  type Finding,
} from './findings.ts';

/** A person has to say yes to it before a project goes out. */
export interface Question {
  readonly facts: string;
  readonly question: string;
}

/**
 * What is to be asked before a project is published: about folders of this machine, about what looks secret, about
 * variables. `written`: the model as it is written, uninterpolated.
 */
export function publishQuestions(
  project: Project,
  written: ComposeModel,
  { withEnv }: { readonly withEnv: boolean },
): Question[] {
  checkImages(project);
  return [
    bindMounts(project),
    sensitiveData(project, written),
    withEnv ? undefined : variables(written),
  ].filter((question) => question !== undefined);
}

/** @throws {UsageError} PUBLISH_BUILD_ONLY */
function checkImages({ model }: Project): void {
  const unnamed = Object.entries(model.services).filter(
    ([, { image, build }]) => image === undefined && build,
  );
  if (unnamed.length === 0) return;
  const names = unnamed.map(([name]) => `"${name}"`).join(', ');
  const text = `your Compose stack cannot be published as it only contains a build section for service(s): ${names}`;
  throw new UsageError('PUBLISH_BUILD_ONLY', text, {
    hint: 'give each an `image:` whose registry others can reach',
  });
}

function bindMounts({ model }: Project): Question | undefined {
  const binds = Object.entries(model.services).flatMap(([name, { volumes = [] }]) =>
    volumes
      .filter(({ type }) => type === 'bind')
      .map(({ source = '', target }) => `${name}: ${source}:${target}`),
  );
  if (binds.length === 0) return undefined;
  return {
    facts: [
      'you are about to publish bind mounts declaration within your OCI artifact.',
      'Only the declarations go out, not what is in the folders; look whether they tell more than they should:',
      ...binds,
    ].join('\n'),
    question: 'Are you ok to publish these bind mount declarations?',
  };
}

function sensitiveData(project: Project, written: ComposeModel): Question | undefined {
  const found = [
    ...findingsIn(written as unknown as Parameters<typeof findingsIn>[0]),
    ...envFilesOf(project, written).flatMap((path) => findingsInEnvFile(textOf(path))),
    ...filesOf(project).flatMap((path) => findingsInFile(textOf(path))),
  ];
  if (found.length === 0) return undefined;
  return {
    facts: [
      'you are about to publish sensitive data within your OCI artifact.',
      'please double check that you are not leaking sensitive data',
      ...distinct(found).flatMap(({ type, key, value }) => [type, `"${key}": ${value}`]),
    ].join('\n'),
    question: 'Are you ok to publish these sensitive data?',
  };
}

function variables(written: ComposeModel): Question | undefined {
  const facts = Object.entries(written.services).flatMap(([name, service]) => [
    ...(pathsOfEnvFiles(service).length > 0 ? [`service "${name}": env_file declared`] : []),
    ...Object.entries(service.environment ?? {})
      .filter(([key, value]) => isTellingVariable(key, value))
      .map(([key]) => `service "${name}": literal value for "${key}"`),
  ]);
  if (facts.length === 0) return undefined;
  return {
    facts: [
      'you are about to publish env-related declarations within your OCI artifact.',
      ...facts,
      'Use --with-env to silence this prompt; the env files are published with it, and only then.',
    ].join('\n'),
    question: 'Are you ok to publish these env declarations?',
  };
}

function envFilesOf(project: Project, written: ComposeModel): string[] {
  const paths = Object.values(written.services).flatMap(pathsOfEnvFiles);
  return [...new Set(paths.map((path) => (path.startsWith('/') ? path : `${project.workingDir}/${path}`)))];
}

function pathsOfEnvFiles(service: ServiceModel): string[] {
  const entries = Array.isArray(service['env_file']) ? (service['env_file'] as unknown[]) : [];
  return entries.flatMap((entry) => {
    if (typeof entry === 'string') return [entry];
    const { path } = (entry ?? {}) as { path?: unknown };
    return typeof path === 'string' ? [path] : [];
  });
}

/** Of secrets and configs. */
function filesOf({ model }: Project): string[] {
  const all = [...Object.values(model.configs ?? {}), ...Object.values(model.secrets ?? {})];
  return all.flatMap(({ file }) => (file === undefined ? [] : [file]));
}

function textOf(path: string): string {
  const read = readText(path);
  return 'source' in read ? read.source.text : '';
}

function distinct(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}
