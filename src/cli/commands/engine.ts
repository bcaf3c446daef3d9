import { Command, Option } from 'commander';
import { HostError } from '../../model/errors.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { dockerHost, engineFor, rootsOf } from '../engine.ts';
import { examples } from '../overview.ts';
import { version } from '../version.ts';
import { type DoorFlags, doorsOf } from './engine-doors.ts';

export function engineCommand(): Command {
  const engine = new Command('engine')
    .description(
      'the process that keeps namespaces, ports, names and containers; commands start it when they need it',
    )
    .addHelpText(
      'before',
      examples([
        'berth engine status',
        'export DOCKER_HOST=$(berth engine socket)   then: docker ps',
        'berth engine stop                           containers go on',
      ]),
    );
  engine
    .command('status')
    .description('whether it runs, where, and what it keeps')
    .option('--json', 'as JSON')
    .action(verb(status));
  engine
    .command('run')
    .description('run it in the foreground')
    .option(
      '-H, --host <address>',
      'also listen at tcp://ADDRESS:PORT, for clients that show a certificate (with --tlsverify)',
    )
    .option('--tlsverify', 'let in who shows a certificate of --tlscacert, and nobody else')
    .option('--tlscacert <file>', 'authority of the clients (PEM)')
    .option('--tlscert <file>', 'certificate of the engine (PEM)')
    .option('--tlskey <file>', 'its key (PEM)')
    .addOption(new Option('--detached').hideHelp())
    .action(verb(run));
  engine.command('stop').description('end it; containers go on').action(verb(stop));
  engine
    .command('socket')
    .description('print the value of DOCKER_HOST that leads to it')
    .action(
      verb(async (context: CliContext) => {
        context.out.line(dockerHost(context.globals));
        return 0;
      }),
    );
  engine
    .command('install')
    .description('have systemd run it from the boot on, so that restart policies hold over a reboot')
    .option('--print', 'only print the unit')
    .action(verb(install));
  engine.command('uninstall').description('take the systemd unit away again').action(verb(uninstall));
  return engine;
}

async function install(context: CliContext, flags: { print?: boolean }): Promise<number> {
  const { installEngine } = await import('./engine-install.ts');
  return installEngine(context, flags);
}

async function uninstall(context: CliContext): Promise<number> {
  const { uninstallEngine } = await import('./engine-install.ts');
  return uninstallEngine(context);
}

async function status(context: CliContext, flags: { json?: boolean }): Promise<number> {
  const client = await running(context);
  if (!client) {
    if (flags.json)
      context.out.line(JSON.stringify({ running: false, ...rootsOf(context.globals) }, undefined, 2));
    else context.out.line(`no engine runs for ${rootsOf(context.globals).root}`);
    return 3;
  }
  const found = await client.own.status();
  if (flags.json) {
    context.out.line(JSON.stringify({ running: true, ...found, socket: found.socketPath }, undefined, 2));
    return 0;
  }
  const lines = [
    `engine ${found.version}, pid ${found.pid}, ${found.runtime}, cgroup v${found.cgroupVersion}`,
    `socket      ${found.socketPath}`,
    `root        ${found.root}`,
    `run root    ${found.runRoot}`,
    `containers  ${found.containers}, ${found.containersRunning} running`,
    `networks    ${found.networks}`,
    `images      ${found.images}`,
  ];
  lines.forEach((line) => context.out.line(line));
  return 0;
}

async function stop(context: CliContext): Promise<number> {
  const client = await running(context);
  if (!client) {
    context.err.line(`no engine runs for ${rootsOf(context.globals).root}`);
    return 0;
  }
  await client.own.stop();
  return 0;
}

async function running(context: CliContext) {
  try {
    return await engineFor(context, { spawn: false });
  } catch (error) {
    if (error instanceof HostError && error.code === 'ENGINE_NOT_RUNNING') return undefined;
    throw error;
  }
}

async function run(context: CliContext, flags: DoorFlags & { detached?: boolean }): Promise<number> {
  const doors = doorsOf(flags);
  const { runEngine } = await import('../../engine/main.ts');
  const { serveApi } = await import('../../api/serve.ts');
  await runEngine({
    ...rootsOf(context.globals),
    version,
    detached: flags.detached === true,
    fault: process.env['BERTH_FAULT'],
    serve: (engine, socketPath) => serveApi(engine, socketPath, { doors }),
  });
  return 0;
}
