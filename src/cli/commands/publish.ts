import { Command, Option } from 'commander';
import { loginFor, registryOf } from '../../client/docker-config.ts';
import type { EngineClient } from '../../client/client.ts';
import type { OciVersion } from '../../compose/publish/artifact.ts';
import type { PublishedFile } from '../../compose/publish/published-files.ts';
import type { Project } from '../../model/compose.ts';
import { BerthError } from '../../model/errors.ts';
import { verb } from '../action.ts';
import { confirm } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { engineFor } from '../engine.ts';
import { examples } from '../overview.ts';
import { loadOptionsOf, projectFor } from '../project.ts';
import { version } from '../version.ts';
import { pushOne } from './push.ts';

interface PublishFlags {
  readonly ociVersion: OciVersion;
  readonly resolveImageDigests?: boolean;
  readonly withEnv?: boolean;
  readonly yes?: boolean;
}

/** Somebody said no. */
const DECLINED = 130;

export function publishCommand(): Command {
  return new Command('publish')
    .description('bring the compose files of the project to a registry, as an artifact that others can run')
    .argument('<repository[:tag]>', 'where it goes')
    .option('--resolve-image-digests', 'pin the images to what their tags mean now')
    .option('--with-env', 'the env files of services go along')
    .option('-y, --yes', 'ask nothing')
    .addOption(
      new Option('--oci-version <version>', 'form of the artifact').choices(['1.0', '1.1']).default('1.1'),
    )
    .option('--dry-run', 'ask and check, but bring nothing anywhere')
    .addHelpText(
      'before',
      examples([
        'berth publish registry.example/shop:1.2',
        'berth publish --resolve-image-digests -y registry.example/shop:1.2',
      ]),
    )
    .action(verb(publish));
}

async function publish(context: CliContext, repository: string, flags: PublishFlags): Promise<number> {
  const { err, globals } = context;
  const whole = { ...context, globals: { ...globals, profile: ['*'] } };
  const project = await projectFor({ ...whole, signal: context.signal });
  const { publishedFiles } = await import('../../compose/publish/published-files.ts');
  const withEnv = flags.withEnv === true;
  const files = publishedFiles(project.files, { workingDir: project.workingDir, withEnv });
  if (!(await isAgreed(whole, { project, flags, withEnv }))) {
    err.line('not published');
    return DECLINED;
  }
  const mark = globals.dryRun ? 'dry run: ' : '';
  err.line(` ${mark}${repository} publishing`);
  if (!globals.dryRun) await carryOut(context, { project, repository, flags, files });
  err.line(` ${mark}${repository} published`);
  return 0;
}

/** Asks about what may not be meant for others. */
async function isAgreed(
  { globals, err }: Pick<CliContext, 'globals' | 'err'>,
  about: { project: Project; flags: PublishFlags; withEnv: boolean },
): Promise<boolean> {
  const { publishQuestions } = await import('../../compose/publish/questions.ts');
  const { loadProject } = await import('../../compose/index.ts');
  const asWritten = { interpolate: false, normalize: false, consistency: false, resolveEnvironment: false };
  const { project: written } = await loadProject({ ...loadOptionsOf(globals), ...asWritten });
  for (const { facts, question } of publishQuestions(about.project, written.model, about)) {
    err.line(facts);
    if (!about.flags.yes && !(await confirm(`${question} [y/N]: `))) return false;
  }
  return true;
}

async function carryOut(
  context: CliContext,
  about: { project: Project; repository: string; flags: PublishFlags; files: readonly PublishedFile[] },
): Promise<void> {
  const { project, repository, flags, files } = about;
  const client = await engineFor(context);
  await pushBuilt(context, client, project);
  const pinned = flags.resolveImageDigests ? [await digestsFile(client, project)] : [];
  const { projectArtifact } = await import('../../compose/publish/artifact.ts');
  const artifact = projectArtifact([...files, ...pinned], {
    reference: repository,
    ociVersion: flags.ociVersion,
    composeVersion: version,
    created: new Date().toISOString(),
  });
  const authconfig = await loginFor(registryOf(repository));
  const { digest } = await client.own.publish(artifact, { authconfig, abortSignal: context.signal });
  context.out.line(digest);
}

/** Images that only this machine has are of no use to others; what cannot be pushed is told. */
async function pushBuilt(context: CliContext, client: EngineClient, project: Project): Promise<void> {
  for (const [name, { image, build }] of Object.entries(project.model.services)) {
    if (image === undefined || !build) continue;
    try {
      await pushOne(context, { client, reference: image, quiet: true });
    } catch (error) {
      if (!(error instanceof BerthError)) throw error;
      context.err.line(`${context.err.colours.warning('warning:')} ${name}: ${error.message}`);
    }
  }
}

/** An override that says which image each tag means. */
async function digestsFile(client: EngineClient, project: Project): Promise<PublishedFile> {
  const lines = await Promise.all(
    Object.entries(project.model.services).map(async ([name, { image }]) => {
      if (image === undefined || image.includes('@')) return [];
      const authconfig = await loginFor(registryOf(image));
      const digest = await client.own.digestOf(image, authconfig);
      return [`  ${name}:`, `    image: ${image}@${digest}`];
    }),
  );
  return { kind: 'compose', name: 'image-digests.yaml', text: ['services:', ...lines.flat(), ''].join('\n') };
}
