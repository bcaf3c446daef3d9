import { Command, Option } from 'commander';
import type { EngineClient } from '../../client/client.ts';
import type { Project } from '../../model/compose.ts';
import { UsageError } from '../../model/errors.ts';
import { dependencyGraph, orderedServices } from '../../plan/dependencies.ts';
import { ps } from '../../stack/ps.ts';
import { carryOut, planForUp, type UpOptions } from '../../stack/up.ts';
import { verb } from '../action.ts';
import type { Companion } from '../attach.ts';
import type { CliContext } from '../context.ts';
import { collect } from '../globals.ts';
import type { UpMenu } from '../menu/up-menu.ts';
import { linkLines } from '../output/links.ts';
import { planText, type PlanTextFlags } from '../output/plan-text.ts';
import { examples } from '../overview.ts';
import { orphanWishes } from '../project.ts';
import { projectWithEngine } from '../project-with-engine.ts';
import { providersFirst } from '../providers-first.ts';
import { pullFirst } from '../pull-first.ts';
import { showPlan } from '../run-plan.ts';
import { buildFirst } from '../build-first.ts';
import { checkEndFlags, silentServices, StackEnd, type EndFlags } from '../up-end.ts';
import { scales, wholeNumber } from '../values.ts';

interface UpFlags
  extends
    PlanTextFlags,
    EndFlags,
    Omit<
      UpOptions,
      | 'services'
      | 'wait'
      | 'timeoutSeconds'
      | 'waitTimeoutSeconds'
      | 'noDeps'
      | 'noStart'
      | 'build'
      | 'noBuild'
    > {
  readonly build?: boolean;
  readonly deps: boolean;
  readonly start: boolean;
  readonly recreate: boolean;
  readonly color: boolean;
  readonly logPrefix: boolean;
  readonly timestamps?: boolean;
  readonly timeout?: number;
  readonly waitTimeout?: number;
  readonly yes?: boolean;
  readonly attachDependencies?: boolean;
  readonly watch?: boolean;
  readonly menu?: string | boolean;
  readonly quietPull?: boolean;
  readonly quietBuild?: boolean;
}

export const PULL_POLICIES = ['always', 'missing', 'never'];

export function upCommand(): Command {
  return new Command('up')
    .description('bring the services up; without -d, show their logs until Ctrl-C')
    .argument('[services...]', 'only these, and what they depend on')
    .option('-d, --detach', 'leave them running in the background')
    .option('--wait', 'wait until every service runs, or is healthy; implies -d')
    .option('--wait-timeout <seconds>', 'give up waiting after this long', wholeNumber)
    .option('--build', 'build the images first, changed or not')
    .option('--no-build', 'build nothing, even what changed')
    .option('--force-recreate', 'make containers anew even if nothing changed')
    .option('--no-recreate', 'leave existing containers as they are')
    .option('--always-recreate-deps', 'make what the named services depend on anew, too')
    .option('-V, --renew-anon-volumes', 'do not hand anonymous volumes on to recreated containers')
    .option('--no-deps', 'leave alone what the named services depend on')
    .option('--no-start', 'make everything, start nothing')
    .option('--scale <service=n>', 'number of replicas; may be given several times', scales)
    .addOption(
      new Option('--pull <policy>', 'when to fetch images, instead of `pull_policy`').choices(PULL_POLICIES),
    )
    .option('--quiet-pull', 'without the progress of the layers')
    .option('--quiet-build', 'without what builds say')
    .option('--remove-orphans', 'remove containers whose service is not in the files')
    .option('-w, --watch', 'bring changed files into the services, as their `develop` sections say')
    .option('--rerun', 'run one-shots again that are done')
    .option('-t, --timeout <seconds>', 'for stops, before they become kills', wholeNumber)
    .option('--abort-on-container-exit', 'stop everything when a container ends')
    .option('--abort-on-container-failure', 'stop everything when a container fails')
    .option('--exit-code-from <service>', 'end with its exit code, when a container has ended')
    .option('--attach <service>', 'show the logs of these only; may be given several times', collect)
    .addOption(
      new Option('--no-attach <service>', 'do not show its logs; may be given several times').argParser(
        (name: string, earlier: readonly string[] | undefined) => collect(`!${name}`, earlier),
      ),
    )
    .option('--attach-dependencies', 'show the logs of what the named services depend on, too')
    .option('--timestamps', 'show the time of each log line')
    .option('--no-log-prefix', 'show log lines without the name of their service')
    .option('--no-color', 'no colours in the logs')
    .option('-y, --yes', 'make volumes anew whose definition changed; their data is lost')
    .addOption(
      new Option('--menu [wanted]', 'keys below the logs, on a terminal').default(true).env('COMPOSE_MENU'),
    )
    .addOption(new Option('--dry-run', 'show what would be done, change nothing'))
    .option('--steps [resource]', 'with --dry-run: the host steps of every operation, or of one resource')
    .option('--json', 'with --dry-run: the plan with its operations and their steps')
    .addHelpText(
      'before',
      examples([
        'berth up                      with logs, until Ctrl-C',
        'berth up -d --wait            in the background, once all is healthy',
        'berth up -d --scale web=3     three replicas of web',
        'berth --progress json up -d   one event a line, for programs',
      ]),
    )
    .action(verb(up));
}

async function up(context: CliContext, services: string[], flags: UpFlags): Promise<number | undefined> {
  checkFlags(flags);
  const { project, client } = await projectWithEngine(context, services);
  const silent = { client, project, emit: () => undefined, signal: context.signal };
  const end = new StackEnd({ client, project, services, flags });
  const hidden = silentServices(project, flags);
  const request = requestOf(context, project, { services, flags });
  if (context.globals.dryRun) {
    context.out.write(await planText(client, await planForUp(silent, request), flags));
    return 0;
  }
  await pullFirst(context, { client, project, request, quiet: flags.quietPull });
  await buildFirst({ context, client, project, request, quiet: flags.quietBuild });
  const ready = { ...silent, project: await providersFirst(context, { client, project, request }) };
  const plan = await planForUp(ready, {
    ...request,
    pulled: true,
    build: false,
    built: true,
    provided: true,
  });
  const companion = flags.watch ? await watchBeside(context, { client, project, services }) : undefined;
  const isAttached = !flags.detach && !flags.wait && flags.start;
  const startedAt = Date.now();
  try {
    await showPlan({
      context,
      client,
      plan,
      quietTransfers: flags.quietPull,
      quietBuilds: flags.quietBuild,
      carryOut: (emit) => carryOut({ ...ready, emit }, plan, flags.waitTimeout),
    });
  } catch (error) {
    if (isAttached && context.signal.aborted)
      return stopAfterInterrupt({ context, client, project, services, flags });
    throw error;
  }
  if (flags.start) await tellLinks(context, client, project);
  if (!isAttached) return 0;
  return showUntilEnd({ context, client, project, services, flags, startedAt, end, hidden, companion });
}

/** The logs, with keys below them where a person sits there. */
async function showUntilEnd(about: {
  context: CliContext;
  client: EngineClient;
  project: Project;
  services: readonly string[];
  flags: UpFlags;
  startedAt: number;
  end: StackEnd;
  hidden: readonly string[];
  companion: Companion | undefined;
}): Promise<number> {
  const { context, client, project, services, flags, startedAt, end, hidden, companion } = about;
  const { attach } = await import('../attach.ts');
  const menu = await menuFor(about);
  const { ending } = end;
  await attach({
    context: menu?.context ?? context,
    client,
    projectName: project.name,
    services: flags.attachDependencies ? withDependencies(project, services) : services,
    until: flags.attachDependencies ? services : [],
    startedAt,
    flags,
    stop: () => stopAfterInterrupt(about),
    silent: hidden,
    ending,
    companion: menu?.companion ?? companion,
    desk: menu?.desk,
  });
  if (menu?.isDetached()) {
    context.err.line('detached; the services go on:  berth logs -f · berth down');
    return 0;
  }
  return context.signal.aborted ? 130 : end.exitCode();
}

async function menuFor(about: {
  context: CliContext;
  client: EngineClient;
  project: Project;
  services: readonly string[];
  flags: UpFlags;
  companion: Companion | undefined;
}): Promise<UpMenu | undefined> {
  const isWanted = !['false', '0', false].includes(about.flags.menu ?? true);
  if (!isWanted) return undefined;
  const { canHaveMenu, upMenu } = await import('../menu/up-menu.ts');
  return canHaveMenu(about.context) ? upMenu(about, about.companion) : undefined;
}

/** Empty, which is all, stays empty. */
function withDependencies(project: Project, services: readonly string[]): readonly string[] {
  if (services.length === 0) return [];
  const graph = dependencyGraph(project.model);
  return orderedServices({ project, graph, wanted: services, withDependencies: true });
}

function checkFlags(flags: UpFlags): void {
  checkEndFlags(flags);
  if (flags.forceRecreate && !flags.recreate) {
    throw new UsageError('FLAG_CONFLICT', '--force-recreate and --no-recreate exclude each other');
  }
  if (flags.renewAnonVolumes && !flags.recreate) {
    throw new UsageError('FLAG_CONFLICT', '-V and --no-recreate exclude each other');
  }
}

function requestOf(
  { globals }: CliContext,
  project: Project,
  { services, flags }: { services: readonly string[]; flags: UpFlags },
): UpOptions {
  const { deps, start, recreate, build, timeout, waitTimeout, wait, yes, ...rest } = flags;
  return {
    ...rest,
    ...orphanWishes(project, flags.removeOrphans),
    allResources: globals.allResources === true,
    renewVolumes: yes === true,
    ...(wait !== undefined && { wait }),
    services,
    build: build === true,
    noBuild: build === false,
    noDeps: !deps,
    noStart: !start,
    noRecreate: !recreate,
    timeoutSeconds: timeout,
    waitTimeoutSeconds: waitTimeout,
  };
}

async function watchBeside(
  context: CliContext,
  about: { client: EngineClient; project: Project; services: readonly string[] },
): Promise<Companion> {
  const { watching } = await import('../watching.ts');
  return watching({ context, ...about, flags: {} });
}

async function tellLinks(context: CliContext, client: EngineClient, project: Project): Promise<void> {
  if (context.globals.progress === 'quiet' || context.globals.progress === 'json') return;
  const replicas = await ps(client, { projectName: project.name });
  for (const line of linkLines(replicas, context.err)) context.err.line(line);
}

async function stopAfterInterrupt(about: {
  context: CliContext;
  client: EngineClient;
  project: Project;
  services: readonly string[];
  flags: UpFlags;
}): Promise<number> {
  const { stopGracefully } = await import('../attach.ts');
  await stopGracefully({ ...about, timeoutSeconds: about.flags.timeout });
  return 130;
}
