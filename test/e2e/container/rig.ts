import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { ContainerDriver, type CreateRequest } from '../../../src/container/driver.ts';
import type { ExecCommand } from '../../../src/container/exec-process.ts';
import { ExitWatcher } from '../../../src/container/exits.ts';
import { readLog } from '../../../src/container/logs.ts';
import { plainRecord } from '../../../src/container/probe-record.ts';
import { probeRuntime } from '../../../src/container/runtime-probe.ts';
import type { Runtime } from '../../../src/container/runtime.ts';
import type { ContainerRecord } from '../../../src/model/container.ts';

/** A driver with a run root of its own, for containers on the machine's own root filesystem. */
export interface Rig extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly folder: string;
  readonly runRoot: string;
  readonly cgroupParent: string;
  readonly driver: ContainerDriver;
  readonly exits: ExitWatcher;
  /** The record of a container that would run `argv`. */
  record(argv: readonly string[], change?: (record: ContainerRecord) => ContainerRecord): ContainerRecord;
  requestFor(container: ContainerRecord): CreateRequest;
  /** Creates and starts a container. */
  start(
    argv: readonly string[],
    change?: (record: ContainerRecord) => ContainerRecord,
  ): Promise<ContainerRecord>;
  /** Runs a container to its end and removes it. */
  runToEnd(
    argv: readonly string[],
    change?: (record: ContainerRecord) => ContainerRecord,
  ): Promise<{ exitCode: number; oomKilled: boolean; stdout: string; stderr: string }>;
  exec(
    container: ContainerRecord,
    argv: readonly string[],
    change?: Partial<ExecCommand>,
  ): Promise<ExecResult>;
  logOf(container: ContainerRecord): Promise<{ stdout: string; stderr: string }>;
  /** What is left on the machine of this rig: mounts, cgroups, processes, files of the run root. */
  leftovers(): string[];
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function makeRig(runtimeName?: 'crun' | 'runc'): Promise<Rig> {
  const folder = mkdtempSync('/tmp/berth-e2e-container-');
  const runRoot = `${folder}/run`;
  const cgroupParent = `berth-test-${randomBytes(4).toString('hex')}`;
  const found = await probeRuntime({ runRoot, cgroupParent });
  const runtime = runtimeName === 'runc' ? asRunc(found) : found;
  const driver = new ContainerDriver({ runtime, runRoot, cgroupParent });
  const exits = new ExitWatcher({ runRoot, onExit: () => undefined });
  exits.start();
  const ids = new Set<string>();

  const rig: Rig = {
    runtime,
    folder,
    runRoot,
    cgroupParent,
    driver,
    exits,
    record: (argv, change = (record) => record) =>
      change(plainRecord({ id: randomBytes(32).toString('hex'), name: 'test', argv })),
    requestFor: (container) => {
      const own = `${folder}/${container.id.slice(0, 12)}`;
      ids.add(container.id);
      return {
        container,
        layers: ['/'],
        upper: `${own}/upper`,
        work: `${own}/work`,
        logPath: `${own}/ctr.log`,
        files: { hosts: '', hostname: '', resolvConf: '' },
        hiddenPaths: [folder],
      };
    },
    start: async (argv, change) => {
      const container = rig.record(argv, change);
      await driver.create(rig.requestFor(container));
      await driver.start(container.id);
      return container;
    },
    runToEnd: async (argv, change) => {
      const container = await rig.start(argv, change);
      const { exitCode, oomKilled } = await exits.wait(container.id, AbortSignal.timeout(20_000));
      const log = await rig.logOf(container);
      await driver.delete(container.id);
      return { exitCode, oomKilled, ...log };
    },
    exec: async (container, argv, change = {}) => {
      const session = await driver.exec({ container, spec: { ...PLAIN_EXEC, argv, ...change } });
      const [stdout, stderr, exitCode] = await Promise.all([
        textOf(session.stdout),
        textOf(session.stderr),
        session.exit,
      ]);
      return { exitCode, stdout, stderr };
    },
    logOf: async (container) => {
      const texts = { stdout: '', stderr: '' };
      const path = rig.requestFor(container).logPath;
      for await (const line of readLog({ path, stdout: true, stderr: true, follow: false }))
        texts[line.stream] += line.data.toString();
      return texts;
    },
    leftovers: () => leftoversOf({ runRoot, cgroupParent }),
    [Symbol.asyncDispose]: async () => {
      for (const id of ids) await driver.delete(id);
      exits.close();
      driver.close();
      rmSync(folder, { recursive: true });
    },
  };
  return rig;
}

export const PLAIN_EXEC: ExecCommand = {
  argv: [],
  env: [],
  user: '',
  workingDir: '',
  tty: false,
  attachStdin: false,
  attachStdout: true,
  attachStderr: true,
  privileged: false,
};

export async function textOf(stream: NodeJS.ReadableStream | undefined): Promise<string> {
  let text = '';
  if (stream) for await (const part of stream) text += String(part);
  return text;
}

function asRunc(found: Runtime): Runtime {
  const path = execFileSync('sh', ['-c', 'command -v runc'], { encoding: 'utf8' }).trim();
  return { ...found, name: 'runc', path, version: 'unknown', hideUnified: false };
}

function leftoversOf({ runRoot, cgroupParent }: { runRoot: string; cgroupParent: string }): string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(runRoot));
  const cgroups = ['', ...readdirSync('/sys/fs/cgroup')]
    .map((name) => `/sys/fs/cgroup/${name}/${cgroupParent}`)
    .filter((path) => existsSync(path));
  const processes = readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && commandOf(pid).includes(runRoot),
  );
  const files = ['containers', 'exits', 'runtime'].flatMap((name) =>
    readdirSync(`${runRoot}/${name}`).map((entry) => `${name}/${entry}`),
  );
  return [...mounts, ...cgroups, ...processes.map((pid) => `process ${pid}`), ...files];
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
