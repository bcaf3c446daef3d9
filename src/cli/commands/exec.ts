import { Command, Option } from 'commander';
import { exec } from '../../stack/exec.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { engineFor } from '../engine.ts';
import { collect } from '../globals.ts';
import { examples } from '../overview.ts';
import { nameOnly } from '../project.ts';
import { joinStreams } from '../join-streams.ts';
import { forwarded, wholeNumber } from '../values.ts';

interface ExecFlags {
  readonly detach?: boolean;
  /** `false` by `-T`. */
  readonly tty?: boolean;
  readonly user?: string;
  readonly workdir?: string;
  readonly env?: readonly string[];
  readonly index?: number;
  readonly privileged?: boolean;
}

export function execCommand(): Command {
  return new Command('exec')
    .description('run a command in a running service; its exit code is passed on')
    .argument('<service>')
    .argument('<command...>')
    .passThroughOptions()
    .option('-d, --detach', 'do not wait for it')
    .option('-T, --no-tty', 'without a terminal; the default where there is none')
    .option('-u, --user <user>', 'as this user')
    .option('-w, --workdir <path>', 'in this folder')
    .option('-e, --env <key=value>', 'with this variable; may be given several times', collect)
    .option('--index <n>', 'in this replica', wholeNumber)
    .option('--privileged', 'with all capabilities')
    .addOption(new Option('-i, --interactive', 'as for Docker Compose; input is joined anyway').hideHelp())
    .addOption(new Option('-t, --tty', 'as for Docker Compose; a terminal is found out').hideHelp())
    .addHelpText(
      'before',
      examples([
        'berth exec web sh                        a shell',
        'berth exec -T db pg_dump app > app.sql   without a terminal',
        'berth exec --index 2 web hostname        in the second replica',
      ]),
    )
    .action(verb(run));
}

async function run(
  context: CliContext,
  service: string,
  command: string[],
  flags: ExecFlags,
): Promise<number> {
  const projectName = await nameOnly(context);
  const client = await engineFor(context);
  const tty = flags.tty !== false && process.stdin.isTTY && process.stdout.isTTY;
  const { index, user, workdir, env, privileged, detach } = flags;
  const options = {
    service,
    command,
    index,
    user,
    workingDir: workdir,
    env: forwarded(env ?? [], process.env),
    privileged,
    detach,
    tty,
    stdin: !detach,
  };
  const running = await exec(client, { projectName, options });
  if (detach) return 0;
  return joinStreams({ running, tty });
}
