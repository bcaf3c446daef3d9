import { text as readAll } from 'node:stream/consumers';
import { parseEnv } from 'node:util';
import { Command, Option } from 'commander';
import type { EngineClient } from '../../client/client.ts';
import { splitWords } from '../../compose/canonical/shell-words.ts';
import { openForReading } from '../../host/read-stream.ts';
import type { ProgressEvent } from '../../model/progress.ts';
import { createOneOff, planForRun, waitForDependencies, type RunOptions } from '../../stack/run.ts';
import { carryOutPulls, planPullsOf } from '../../stack/pull.ts';
import { carryOut } from '../../stack/up.ts';
import { verb } from '../action.ts';
import { quietly, type CliContext } from '../context.ts';
import { collect } from '../globals.ts';
import { buildFirst } from '../build-first.ts';
import { joinStreams } from '../join-streams.ts';
import { examples } from '../overview.ts';
import { orphanWishes } from '../project.ts';
import { projectWithEngine } from '../project-with-engine.ts';
import { providersFirst } from '../providers-first.ts';
import { showPlan } from '../run-plan.ts';

interface RunFlags {
  readonly pull?: string;
  readonly quietPull?: boolean;
  readonly quiet?: boolean;
  readonly quietBuild?: boolean;
  readonly detach?: boolean;
  readonly rm?: boolean;
  readonly env?: readonly string[];
  readonly envFromFile?: readonly string[];
  readonly workdir?: string;
  readonly user?: string;
  readonly volume?: readonly string[];
  readonly volumes?: readonly string[];
  readonly publish?: readonly string[];
  readonly servicePorts?: boolean;
  readonly name?: string;
  readonly label?: readonly string[];
  readonly entrypoint?: string;
  readonly deps: boolean;
  readonly build?: boolean;
  /** `false` by `-T`. */
  readonly tty?: boolean;
  readonly interactive?: boolean;
  readonly useAliases?: boolean;
  readonly capAdd?: readonly string[];
  readonly capDrop?: readonly string[];
  readonly removeOrphans?: boolean;
}

export function runCommand(): Command {
  return withOptions(new Command('run'))
    .description('run a command once, in a container of its own made like those of a service')
    .argument('<service>')
    .argument('[command...]', 'instead of that of the service')
    .passThroughOptions()
    .addHelpText(
      'before',
      examples([
        'berth run --rm web sh                     a shell in a new container',
        'berth run --rm -T web npm test            in a pipeline; its exit code is passed on',
        'berth run -d --service-ports web          in the background, with the ports of the service',
      ]),
    )
    .action(verb(run));
}

function withOptions(command: Command): Command {
  return command
    .option('-d, --detach', 'leave it running and print its name')
    .option('--rm', 'remove the container when it ends')
    .option('-e, --env <key=value>', 'with this variable; may be given several times', collect)
    .option('--env-from-file <path>', 'with the variables of a file; may be given several times', collect)
    .option('-w, --workdir <path>', 'in this folder')
    .option('-u, --user <user>', 'as this user')
    .option('-v, --volume <spec>', 'with SOURCE:TARGET[:ro] too; may be given several times', collect)
    .addOption(new Option('--volumes <spec>', 'as --volume').argParser(collect).hideHelp())
    .option('-p, --publish <port>', 'with [HOST:]CONTAINER published; may be given several times', collect)
    .option('-P, --service-ports', 'with the ports of the service, which are left out otherwise')
    .option('--name <name>', 'name of the container')
    .option('-l, --label <key=value>', 'with this label; may be given several times', collect)
    .option('--entrypoint <command>', 'instead of that of the image')
    .option('--build', 'build the image first')
    .option('--no-deps', 'leave alone what the service depends on')
    .option('-T, --no-tty', 'without a terminal; the default where there is none')
    .option('-q, --quiet', 'nothing but what the command says')
    .option('--quiet-build', 'without what builds say')
    .option('--no-interactive', 'without input')
    .addOption(new Option('-i, --interactive', 'as for Docker Compose; input is joined anyway').hideHelp())
    .addOption(new Option('-t, --tty', 'as for Docker Compose; a terminal is found out').hideHelp())
    .option('--use-aliases', 'reached by the names of the service, too')
    .option('--cap-add <capability>', 'with this capability; may be given several times', collect)
    .option('--cap-drop <capability>', 'without this capability; may be given several times', collect)
    .addOption(
      new Option('--pull <policy>', 'when to fetch the image, instead of `pull_policy`').choices([
        'always',
        'missing',
        'never',
      ]),
    )
    .option('--quiet-pull', 'without the progress of the layers')
    .option('--remove-orphans', 'remove containers whose service is not in the files');
}

async function run(given: CliContext, service: string, command: string[], flags: RunFlags): Promise<number> {
  const context = flags.quiet ? quietly(given) : given;
  const options = await optionsOf(service, command, flags);
  const { project: asRead, client } = await projectWithEngine(context, [service]);
  const needed = { services: [service], noDeps: options.noDeps === true };
  const project = await providersFirst(context, { client, project: asRead, request: needed });
  const stack = { client, project, signal: context.signal };
  const silent = { ...stack, emit: () => undefined };
  const request = { services: [service], noDeps: true, build: flags.build === true };
  await buildFirst({ context, client, project, request, quiet: flags.quietBuild });
  const plan = await planForRun(silent, { ...options, ...orphanWishes(project, options.removeOrphans) });
  const isNeeded = plan.operations.length > 0 || (plan.notes ?? []).length > 0;
  if (isNeeded) {
    const prepare = (emit: (event: ProgressEvent) => void) => carryOut({ ...stack, emit }, plan, undefined);
    await showPlan({ context, client, plan, carryOut: prepare });
  }
  const pulls = await planPullsOf(silent, { service, pull: flags.pull });
  if (pulls.operations.length > 0) {
    const fetch = (emit: (event: ProgressEvent) => void) =>
      carryOutPulls({ ...stack, emit }, pulls, { ignoreFailures: false });
    await showPlan({ context, client, plan: pulls, quietTransfers: flags.quietPull, carryOut: fetch });
  }
  if (!options.noDeps) await waitForDependencies(silent, service);
  const { id, name } = await createOneOff(silent, options);
  if (flags.detach) {
    await client.getContainer(id).start();
    context.out.line(name);
    return 0;
  }
  return startJoined(context, { client, id, options });
}

async function optionsOf(service: string, command: string[], flags: RunFlags): Promise<RunOptions> {
  const tty = flags.tty !== false && !flags.detach && process.stdin.isTTY && process.stdout.isTTY;
  const fromFiles = await Promise.all((flags.envFromFile ?? []).map(variablesOf));
  return {
    service,
    command,
    tty,
    stdin: flags.interactive !== false,
    entrypoint: flags.entrypoint === undefined ? undefined : splitWords(flags.entrypoint),
    env: [...fromFiles.flat(), ...(flags.env ?? [])],
    user: flags.user,
    workingDir: flags.workdir,
    volumes: [...(flags.volume ?? []), ...(flags.volumes ?? [])],
    publish: flags.publish,
    servicePorts: flags.servicePorts,
    labels: flags.label,
    capAdd: flags.capAdd,
    capDrop: flags.capDrop,
    name: flags.name,
    noDeps: !flags.deps,
    remove: flags.rm,
    detach: flags.detach,
    useAliases: flags.useAliases,
    removeOrphans: flags.removeOrphans,
  };
}

async function variablesOf(path: string): Promise<string[]> {
  const values = parseEnv(await readAll(await openForReading(path)));
  return Object.entries(values).map(([key, value]) => `${key}=${value ?? ''}`);
}

/** Attaches before the start, so that not a word is lost. Ctrl-C stops the container. */
async function startJoined(
  context: CliContext,
  about: { client: EngineClient; id: string; options: RunOptions },
): Promise<number> {
  const { tty, stdin, remove } = about.options;
  const container = about.client.getContainer(about.id);
  const stream = await container.attach({ stdin, stdout: true, stderr: true, stream: true });
  const handle = {
    resize: (size: { h: number; w: number }) => container.resize(size),
    inspect: async () => ({ ExitCode: (await container.wait()).StatusCode }),
  };
  const stop = () => void container.stop().catch(() => undefined);
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    await container.start();
    const exitCode = await joinStreams({ running: { stream, handle }, tty });
    return context.signal.aborted ? 130 : exitCode;
  } finally {
    if (remove) await container.remove({ force: true, v: true });
  }
}
