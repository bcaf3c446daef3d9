import { randomBytes } from 'node:crypto';
import { arch, release } from 'node:os';
import { hostEnvironment, run } from '../host/exec.ts';
import { makeFolderNow, readJson, readText } from '../host/files.ts';
import { fileFacts, removeTreeNow, replaceFileNow } from '../host/files-now.ts';
import { BerthError } from '../model/errors.ts';
import { capabilitiesOfMask } from './capabilities.ts';
import { cgroupVersionOf, isHybrid, ownHierarchies } from './cgroups.ts';
import { ContainerDriver } from './driver.ts';
import { runtimeMissing } from './errors.ts';
import { ExitWatcher } from './exits.ts';
import { parseLimits } from './limits.ts';
import { plainRecord } from './probe-record.ts';
import type { Runtime } from './runtime.ts';

export interface ProbeRequest {
  readonly runRoot: string;
  readonly cgroupParent: string;
}

interface Remembered {
  readonly key: string;
  readonly runtime: Runtime;
}

/**
 * Finds the runtime that works on this machine by running a container with it, crun before runc. The answer is kept
 * in the run root until a program, the kernel or the cgroups change; with crun, so is the compiled seccomp filter.
 * @throws {HostError} RUNTIME_MISSING with what each runtime said
 */
export async function probeRuntime(request: ProbeRequest): Promise<Runtime> {
  const programs = findPrograms();
  const { conmon, candidates } = programs;
  if (conmon === undefined) throw runtimeMissing('conmon is not installed');
  if (candidates.length === 0) throw runtimeMissing('neither crun nor runc is installed');
  const file = `${request.runRoot}/runtime.json`;
  const key = keyOf([conmon, ...candidates.map((candidate) => candidate.path)]);
  const remembered = readJson<Remembered>(file);
  if (remembered?.key === key) return { ...remembered.runtime, ...authority() };
  makeFolderNow(request.runRoot, 0o711);
  const runtime = await firstThatWorks({ ...request, conmon, candidates });
  replaceFileNow(file, JSON.stringify({ key, runtime } satisfies Remembered), 0o600);
  return runtime;
}

interface Candidate {
  readonly name: 'crun' | 'runc';
  readonly path: string;
}

async function firstThatWorks(
  request: ProbeRequest & { readonly conmon: string; readonly candidates: readonly Candidate[] },
): Promise<Runtime> {
  const failures: string[] = [];
  for (const candidate of request.candidates) {
    const runtime = await describe(candidate, request.conmon);
    try {
      await tryOut(runtime, request);
      return runtime;
    } catch (error) {
      if (!(error instanceof BerthError)) throw error;
      failures.push(`${candidate.name} ${runtime.version}: ${error.message}`);
    }
  }
  throw runtimeMissing(failures.join('; '), failures.join('\n'));
}

/** Runs a shell that does nothing, all the way through conmon, on the machine's own root filesystem. */
async function tryOut(runtime: Runtime, { runRoot, cgroupParent }: ProbeRequest): Promise<void> {
  const id = randomBytes(32).toString('hex');
  const folder = `${runRoot}/probe-${id.slice(0, 12)}`;
  const driver = new ContainerDriver({ runtime, runRoot, cgroupParent });
  const exits = new ExitWatcher({ runRoot, onExit: () => undefined });
  makeFolderNow(folder, 0o700);
  exits.start();
  try {
    await driver.create({
      container: plainRecord({ id, name: 'probe', argv: ['/bin/sh', '-c', 'exit 0'] }),
      layers: ['/'],
      upper: `${folder}/upper`,
      work: `${folder}/work`,
      logPath: `${folder}/log`,
      files: { hosts: '', hostname: '', resolvConf: '' },
    });
    await driver.start(id);
    const { exitCode } = await exits.wait(id, AbortSignal.timeout(PROBE_TIMEOUT_MS));
    if (exitCode !== 0) throw runtimeMissing(`a container ended with exit code ${exitCode} instead of 0`);
  } finally {
    await driver.delete(id);
    exits.close();
    driver.close();
    removeTreeNow(folder);
  }
}

const PROBE_TIMEOUT_MS = 10_000;

async function describe({ name, path }: Candidate, conmonPath: string): Promise<Runtime> {
  const hierarchies = ownHierarchies();
  const memory = hierarchies.find((each) => each.controllers.includes('memory'));
  const [version, conmonVersion] = await Promise.all([versionOf(path), versionOf(conmonPath)]);
  // It runs among the files of any image: one that is linked statically comes first.
  const initPath = ['catatonit', 'tini-static', 'docker-init', 'tini']
    .map(findProgram)
    .find((found) => found !== undefined);
  return {
    name,
    path,
    version,
    conmonPath,
    conmonVersion,
    cgroupVersion: cgroupVersionOf(hierarchies),
    hideUnified: name === 'crun' && isHybrid(hierarchies),
    swapLimit:
      memory === undefined || fileFacts(`${memory.mountPoint}/memory.memsw.limit_in_bytes`) !== undefined,
    kernel: release(),
    processor: arch(),
    ...(initPath === undefined ? {} : { initPath }),
    ...authority(),
  };
}

/** What this very process may do: not kept, as the next engine may be started by somebody else. */
function authority(): Pick<Runtime, 'capabilities' | 'limits'> {
  const status = readText('/proc/self/status') ?? '';
  const mask = /^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0';
  const capabilities = capabilitiesOfMask(mask);
  return {
    capabilities,
    limits: {
      own: parseLimits(readText('/proc/self/limits') ?? ''),
      ownOomScoreAdj: Number(readText('/proc/self/oom_score_adj') ?? '0'),
      mayRaise: capabilities.includes('CAP_SYS_RESOURCE'),
    },
  };
}

async function versionOf(path: string): Promise<string> {
  const { stdout } = await run([path, '--version'], { allowFailure: true });
  return /version (\S+)/.exec(stdout)?.[1] ?? 'unknown';
}

function findPrograms(): { conmon: string | undefined; candidates: Candidate[] } {
  const candidates = (['crun', 'runc'] as const).flatMap((name) => {
    const path = findProgram(name);
    return path === undefined ? [] : [{ name, path }];
  });
  return { conmon: findProgram('conmon'), candidates };
}

function findProgram(name: string): string | undefined {
  const folders = [...(hostEnvironment()['PATH'] ?? '').split(':'), '/usr/libexec/podman', '/usr/lib/podman'];
  return folders
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => `${folder}/${name}`)
    .find((path) => {
      const facts = fileFacts(path, { follow: true });
      return facts?.kind === 'file' && (facts.mode & 0o111) !== 0;
    });
}

/** Programs by size and time, kernel by boot, cgroups by what is mounted: all without starting anything. */
function keyOf(programs: readonly string[]): string {
  const facts = programs.map((path) => {
    const { size = 0, modifiedNs = 0n } = fileFacts(path, { follow: true }) ?? {};
    return `${path}:${size}:${modifiedNs}`;
  });
  const bootId = readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  const cgroups = ownHierarchies().map((each) => `${each.version}:${each.mountPoint}`);
  return [PROBE_VERSION, bootId, ...facts, ...cgroups].join(' ');
}

/** Counts up when what a probe learns changes. */
const PROBE_VERSION = 1;
