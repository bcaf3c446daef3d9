import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { differences, takeSnapshot, type Snapshot } from './snapshot.ts';
import { enter, type HostCommand, type RunOptions, type RunResult, type Running } from './host-command.ts';

export type { RunOptions, RunResult, Running } from './host-command.ts';
export type { Snapshot } from './snapshot.ts';

/** The repository's root, and the program under test. */
export const repository = new URL('../../', import.meta.url).pathname.replace(/\/$/, '');
export const berthProgram = `${repository}/bin/berth.js`;

/** Addresses of the wire between a private host and its LAN neighbour. */
export const hostLanAddress = '10.77.0.1';
export const neighbourLanAddress = '10.77.0.2';
export const hostLanAddress6 = 'fd77::1';
export const neighbourLanAddress6 = 'fd77::2';

export interface HostOptions {
  /** Adds a second machine at the other end of a wire, with the host as its default gateway. */
  readonly lan?: boolean;
  /** Text of the host's /etc/resolv.conf. The default names a server that no route leads to. */
  readonly resolvConf?: string;
  /** An empty folder for the host's files, which the caller removes. The default goes with the host. */
  readonly folder?: string;
}

/** A machine of its own for one test: network, mounts, processes, /run, and Berth's roots are private. */
export interface PrivateHost extends AsyncDisposable {
  /** Berth's state root (BERTH_ROOT) and run root (BERTH_RUN_ROOT). */
  readonly root: string;
  readonly runRoot: string;
  /** The word by which kernel objects and cgroups of this root are known. */
  readonly owner: string;
  /** A folder that goes with the host, for compose files made up by a test. */
  readonly folder: string;
  /** Runs a program (array) or a bash text (string) on the host. Throws on a failure unless `allowFailure`. */
  run(command: HostCommand, options?: RunOptions): Promise<RunResult>;
  /** Starts a program and leaves it running; `await using` ends it. */
  start(command: HostCommand, options?: RunOptions): Running;
  /** Runs `berth` with these arguments; a string is split at blanks. */
  berth(args: HostCommand, options?: RunOptions): Promise<RunResult>;
  /** Starts `berth` and leaves it running. */
  startBerth(args: HostCommand, options?: RunOptions): Running;
  /** The LAN neighbour. */
  readonly lan: Pick<PrivateHost, 'run' | 'start'>;
  /** A path of the host as the test's own process can open it. */
  path(inside: string): string;
  snapshot(): Promise<Snapshot>;
  /** Waits until the machine is as it was; throws with the difference when it does not get there. */
  expectClean(before: Snapshot): Promise<void>;
}

/** How the folders of this test run begin; set by test/e2e/setup.ts. */
export function hostFolders(): string {
  return `/tmp/berth-e2e-${process.env['BERTH_E2E_RUN'] ?? String(process.pid)}`;
}

/** Takes away what is left of a host whose test never came to its end. Its processes ended with the test's. */
export async function removeHost(folder: string): Promise<void> {
  await removeCgroups(ownerOf(folder));
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Makes a private host. Needs root. Ends with the test's process at the latest: its init reads a pipe of ours. */
export async function privateHost(options: HostOptions = {}): Promise<PrivateHost> {
  const folder = options.folder ?? (await mkdtemp(`${hostFolders()}-`));
  const root = stateRoot(folder);
  await writeFile(`${folder}/resolv.conf`, options.resolvConf ?? 'nameserver 203.0.113.53\n');
  const init = await startInit(folder, options.lan ?? false);
  return hostOf({ folder, root, init, keepFolder: options.folder !== undefined });
}

async function startInit(folder: string, lan: boolean): Promise<ChildProcess> {
  const script = lan ? `${initScript}\n${lanScript}` : initScript;
  const init = spawn(
    'unshare',
    [
      '--net',
      '--mount',
      '--pid',
      '--propagation',
      'private',
      '--fork',
      '--kill-child',
      '--mount-proc',
    ].concat(['bash', '-euc', `${script}\necho ready\nread -r _ || true`, 'berth-e2e-init', folder]),
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const errors = createInterface({ input: init.stderr });
  const said: string[] = [];
  errors.on('line', (line) => said.push(line));
  const [first] = (await Promise.race([
    once(createInterface({ input: init.stdout }), 'line'),
    once(init, 'close').then(() => ['closed']),
  ])) as [string];
  if (first !== 'ready') throw new Error(`no private host: ${said.join('\n') || 'unshare ended at once'}`);
  init.unref();
  return init;
}

/** What a booted machine has: lo, an empty /run, a resolv.conf. `$1` is the test's folder. */
const initScript = `
ip link set lo up
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock "$1/state"
target=$(readlink -m /etc/resolv.conf)
mkdir -p "$(dirname "$target")"
[ -e "$target" ] || : > "$target"
mount --bind "$1/resolv.conf" "$target"`;

const lanScript = `
ip netns add lan
ip link add lan0 type veth peer name eth0 netns lan
echo 0 > /proc/sys/net/ipv6/conf/lan0/accept_dad
nsenter --net=/run/netns/lan bash -c 'echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad'
ip address add ${hostLanAddress}/24 dev lan0
ip address add ${hostLanAddress6}/64 dev lan0
ip link set lan0 up
ip -n lan address add ${neighbourLanAddress}/24 dev eth0
ip -n lan address add ${neighbourLanAddress6}/64 dev eth0
ip -n lan link set lo up
ip -n lan link set eth0 up
ip -n lan route add default via ${hostLanAddress}
ip route add default via ${neighbourLanAddress}`;

function stateRoot(folder: string): string {
  return `${folder}/state`;
}

function ownerOf(folder: string): string {
  return `berth-${createHash('sha256').update(stateRoot(folder)).digest('hex').slice(0, 8)}`;
}

interface HostParts {
  readonly folder: string;
  readonly root: string;
  readonly init: ChildProcess;
  readonly keepFolder: boolean;
}

function hostOf(parts: HostParts): PrivateHost {
  const { folder, root, init } = parts;
  const owner = ownerOf(folder);
  const runRoot = '/run/berth';
  const place = {
    init: Number(init.pid),
    cwd: folder,
    env: { BERTH_ROOT: root, BERTH_RUN_ROOT: runRoot, BERTH_EXIT_CODES: 'classes' },
  };
  const onHost = enter(place);
  const berthArgv = (args: HostCommand) => ['node', berthProgram, ...words(args)];
  const snapshot = () => takeSnapshot(onHost, { owner, runRoot });
  return {
    root,
    runRoot,
    owner,
    folder,
    ...onHost,
    berth: (args, options) => onHost.run(berthArgv(args), options),
    startBerth: (args, options) => onHost.start(berthArgv(args), options),
    lan: enter({ ...place, netns: '/run/netns/lan' }),
    path: (inside) => `/proc/${String(init.pid)}/root${inside}`,
    snapshot,
    expectClean: (before) => waitUntilSame(before, snapshot),
    [Symbol.asyncDispose]: () => dispose(parts, owner),
  };
}

function words(args: HostCommand): readonly string[] {
  return typeof args === 'string' ? args.split(' ').filter(Boolean) : args;
}

async function waitUntilSame(before: Snapshot, snapshot: () => Promise<Snapshot>): Promise<void> {
  const deadline = Date.now() + 10_000;
  let found = differences(before, await snapshot());
  while (found.length > 0 && Date.now() < deadline) {
    await delay(100);
    found = differences(before, await snapshot());
  }
  if (found.length > 0) throw new Error(`the machine is not as before:\n${found.join('\n')}`);
}

/** The kernel ends every process of the host with its init, and with them the namespaces; cgroups and files are ours. */
async function dispose(parts: HostParts, owner: string): Promise<void> {
  const { init, folder } = parts;
  init.ref();
  const closed = init.exitCode === null && init.signalCode === null ? once(init, 'close') : undefined;
  init.stdin?.end();
  await closed;
  await removeCgroups(owner);
  if (!parts.keepFolder) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Deepest first; a group may stay busy for a moment after its last process was killed. */
async function removeCgroups(owner: string): Promise<void> {
  const command = `find /sys/fs/cgroup -depth -type d -path '*/${owner}*' -exec rmdir {} + 2>/dev/null; ! find /sys/fs/cgroup -type d -name '${owner}' | grep -q .`;
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const [code] = (await once(spawn('bash', ['-c', command], { stdio: 'ignore' }), 'close')) as [number];
    if (code === 0) return;
    await delay(50);
  }
}
