import { run } from '../../host/exec.ts';
import { removeTree, writeFileAtomic } from '../../host/files.ts';
import { pathKind, realPathOf } from '../../host/text-files.ts';
import type { CliContext } from '../context.ts';
import { engineFor, rootsOf } from '../engine.ts';

const unitPath = '/etc/systemd/system/berth.service';

export interface InstallFlags {
  /** Only show the unit. */
  readonly print?: boolean;
}

/** Has systemd run the engine from the boot on, so that restart policies hold over a reboot. */
export async function installEngine(context: CliContext, flags: InstallFlags): Promise<number> {
  const unit = unitText(context);
  if (flags.print) {
    context.out.write(unit);
    return 0;
  }
  await writeFileAtomic(unitPath, unit, { mode: 0o644, durable: true });
  context.out.line(`written: ${unitPath}`);
  if (!isSystemdRunning()) return tellByHand(context);
  // The engine that a command started gives way to the one of systemd; containers go on.
  const client = await engineFor(context, { spawn: false }).catch(() => undefined);
  await client?.own.stop();
  await run(['systemctl', 'daemon-reload']);
  await run(['systemctl', 'enable', '--now', 'berth.service']);
  context.out.line('the engine runs now, and from the next boot on:  systemctl status berth');
  return 0;
}

/** Takes the unit away again; containers go on. */
export async function uninstallEngine(context: CliContext): Promise<number> {
  if (pathKind(unitPath) === 'missing') {
    context.out.line(`nothing to do: ${unitPath} is not there`);
    return 0;
  }
  if (isSystemdRunning())
    await run(['systemctl', 'disable', '--now', 'berth.service'], { allowFailure: true });
  await removeTree(unitPath);
  if (isSystemdRunning()) await run(['systemctl', 'daemon-reload']);
  context.out.line(`removed: ${unitPath}`);
  return 0;
}

/** Containers have monitors of their own, which an engine that stops must not take along: `KillMode=process`. */
function unitText({ globals }: CliContext): string {
  const { root, runRoot } = rootsOf(globals);
  const program = [
    process.execPath,
    realPathOf(process.argv[1] ?? ''),
    '--root',
    root,
    '--run-root',
    runRoot,
  ];
  const command = [...program, 'engine', 'run'].map(unitWord).join(' ');
  return `[Unit]
Description=Berth: compose stacks without Docker
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=${command}
Restart=always
RestartSec=1
KillMode=process
Delegate=yes
LimitNOFILE=1048576

[Install]
WantedBy=multi-user.target
`;
}

/** systemd takes apart words and expands `%` and `$`. */
function unitWord(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /[\s"'\\;]/.test(escaped) ? `"${escaped.replace(/(["\\])/g, '\\$1')}"` : escaped;
}

function isSystemdRunning(): boolean {
  return pathKind('/run/systemd/system') === 'folder';
}

function tellByHand({ out, globals }: CliContext): number {
  const { root, runRoot } = rootsOf(globals);
  out.line('systemd does not run here, so nothing starts it yet. Have whatever runs at boot run, as root:');
  out.line(
    `  ${process.execPath} ${realPathOf(process.argv[1] ?? '')} --root ${root} --run-root ${runRoot} engine run &`,
  );
  return 0;
}
