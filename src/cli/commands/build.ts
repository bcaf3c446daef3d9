import { Command, Option } from 'commander';
import type { BuildRequest } from '../../model/build.ts';
import type { Operation, Plan } from '../../model/plan.ts';
import { planForBuild, type BuildOptions } from '../../stack/build.ts';
import { carryOut } from '../../stack/up.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { collect, PROGRESS_STYLES, type ProgressStyle } from '../globals.ts';
import { planText } from '../output/plan-text.ts';
import { examples } from '../overview.ts';
import { projectWithEngine } from '../project-with-engine.ts';
import { showPlan } from '../run-plan.ts';
import { forwarded } from '../values.ts';
import { pushServices } from './push.ts';

interface BuildFlags {
  readonly cache: boolean;
  readonly pull?: boolean;
  readonly buildArg?: readonly string[];
  readonly ssh?: readonly string[];
  readonly memory?: string;
  readonly withDependencies?: boolean;
  readonly push?: boolean;
  readonly progress?: ProgressStyle;
  readonly builder?: string;
  readonly provenance?: string;
  readonly sbom?: string;
  readonly quiet?: boolean;
  readonly check?: boolean;
  readonly print?: boolean;
}

export function buildCommand(): Command {
  const hidden = (flags: string): Option => new Option(flags, 'as for Docker Compose').hideHelp();
  return new Command('build')
    .description('build the images of services that have a `build:`')
    .argument('[services...]', 'only these')
    .option('--build-arg <name=value>', 'a build argument; may be given several times', collect)
    .option('--no-cache', 'do every step again')
    .option('--pull', 'fetch the images of FROM anew')
    .option('--with-dependencies', 'build what the named services depend on, too')
    .option('--push', 'push them afterwards')
    .option('--ssh <id>', 'hand on an SSH agent or key: default, or id=path', collect)
    .option('-m, --memory <bytes>', 'taken with a warning: steps have no limit of their own')
    .option('-q, --quiet', 'print nothing but the ids of the images')
    .option('--check', 'read the Dockerfiles and find their images, build nothing')
    .option('--print', 'print what would be built as JSON, in the form of a bake file')
    .option('--dry-run', 'show what would be done, change nothing')
    .addOption(hidden('--progress <style>').choices(PROGRESS_STYLES))
    .addOption(hidden('--builder <name>'))
    .addOption(hidden('--provenance <mode>'))
    .addOption(hidden('--sbom <mode>'))
    .addOption(hidden('--compress'))
    .addOption(hidden('--force-rm'))
    .addOption(hidden('--no-rm'))
    .addOption(hidden('--parallel'))
    .addHelpText(
      'before',
      examples([
        'berth build                          all images of the project',
        'berth build --no-cache api           one image, from its first step on',
        'berth build --build-arg VERSION=2    with a build argument',
      ]),
    )
    .action(verb(build));
}

async function build(given: CliContext, services: string[], flags: BuildFlags): Promise<undefined> {
  const context = flags.progress ? withProgress(given, flags.progress) : given;
  warnOf(context, flags);
  const { project, client } = await projectWithEngine(context, services);
  const silent = { client, project, emit: () => undefined, signal: context.signal };
  const plan = await planForBuild(silent, optionsOf(services, flags));
  if (flags.print) {
    context.out.line(JSON.stringify(bakeFile(plan), undefined, 2));
    return;
  }
  // Making the plan has read every Dockerfile.
  if (flags.check) return;
  if (context.globals.dryRun) {
    context.out.write(await planText(client, plan, {}));
    return;
  }
  const shown = flags.quiet ? withProgress(context, 'quiet') : context;
  await showPlan({
    context: shown,
    client,
    plan,
    carryOut: (emit) => carryOut({ ...silent, emit }, plan, undefined),
  });
  if (flags.push) {
    const wanted = plan.operations.map(({ resource }) => resource.key);
    await pushServices(context, { project, client, wanted, flags: { quiet: flags.quiet === true } });
  }
  if (!flags.quiet) return;
  for (const { resource } of plan.operations) {
    context.out.line((await client.getImage(resource.name).inspect()).Id);
  }
}

/** What Docker Compose has a flag for and buildah nothing. */
function warnOf({ err }: CliContext, flags: BuildFlags): void {
  const warn = (text: string): void => err.line(`${err.colours.warning('warning:')} ${text}`);
  if (flags.builder !== undefined) warn('--builder has no effect: buildah is the only builder');
  for (const name of ['provenance', 'sbom'] as const) {
    if (flags[name] !== undefined && flags[name] !== 'false')
      warn(`--${name} has no effect: no attestations are made`);
  }
}

function optionsOf(services: readonly string[], flags: BuildFlags): BuildOptions {
  const pairs = forwarded(flags.buildArg ?? [], process.env).map((text) => {
    const equals = text.indexOf('=');
    return [text.slice(0, equals), text.slice(equals + 1)] as const;
  });
  return {
    services,
    withDependencies: flags.withDependencies,
    noCache: flags.cache ? undefined : true,
    pull: flags.pull,
    args: Object.fromEntries(pairs),
    ssh: flags.ssh,
    memory: flags.memory,
  };
}

function withProgress(context: CliContext, progress: ProgressStyle): CliContext {
  const { out, err, signal } = context;
  return { out, err, signal, globals: { ...context.globals, progress } };
}

/** @see https://docs.docker.com/build/bake/reference/ */
function bakeFile({ operations }: Plan): object {
  const targets = operations.map((operation) => [operation.resource.key, bakeTarget(operation)] as const);
  return {
    group: { default: { targets: targets.map(([name]) => name) } },
    target: Object.fromEntries(targets),
  };
}

function bakeTarget({ detail }: Operation): object {
  if (detail.kind !== 'build-image') return {};
  const { context, dockerfile, dockerfileInline, args, labels, tags, target, contexts } =
    detail.body as BuildRequest;
  return {
    context,
    ...(dockerfileInline === undefined ? { dockerfile } : { 'dockerfile-inline': dockerfileInline }),
    ...(Object.keys(args).length > 0 && { args }),
    labels,
    tags,
    ...(Object.keys(contexts).length > 0 && { contexts }),
    ...(target !== '' && { target }),
    output: ['type=docker'],
  };
}
