import { overlayOptions } from './host-view.ts';
import { makeFolderNow } from '../../host/files.ts';
import { writeFileNow } from '../../host/files-now.ts';
import { MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID } from '../../host/kernel.ts';
import { runIsolated } from '../../host/isolated-child.ts';
import { mount } from '../../host/mounts.ts';
import type { BuildRequest } from '../../model/build.ts';

/** Where one build works. */
export interface Workplace {
  /** Throw-away folder on the disk of the state root. */
  readonly folder: string;
  /** Throw-away folder in the run root, in memory: for secrets. */
  readonly runFolder: string;
  /** What all builds share: buildah's own store with the cached steps. */
  readonly storage: string;
  readonly runStorage: string;
  readonly baseStore: string;
  readonly hostMounts: readonly string[];
  /** What the machine's own files must not show: the state root and the run root. */
  readonly hiddenPaths: readonly string[];
}

/** Network of the RUN steps. */
export interface BuildNetwork {
  /** Path of a network namespace; undefined: the machine's. */
  readonly netns?: string | undefined;
  readonly none: boolean;
  /** In place of the machine's. */
  readonly resolvConf?: string | undefined;
}

export interface BuildahRun {
  readonly place: Workplace;
  readonly network: BuildNetwork;
  /** Size of /dev/shm, bytes. */
  readonly shmSizeBytes: number;
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Runs buildah on the store and the files of this workplace. Throws HostError BUILDAH_MISSING. */
export async function runBuildah(args: readonly string[], run: BuildahRun): Promise<number> {
  const { place, network, onLine, signal } = run;
  const config = writeSettings(place);
  return runIsolated({
    argv: [
      'buildah',
      ...['--root', place.storage, '--runroot', place.runStorage],
      ...['--storage-driver', 'overlay', '--storage-opt', `overlay.imagestore=${place.baseStore}`],
      ...['--registries-conf', config.registries],
      ...args,
    ],
    env: {
      CONTAINERS_STORAGE_CONF: config.storage,
      CONTAINERS_CONF: '/dev/null',
      REGISTRY_AUTH_FILE: config.auth,
      TMPDIR: place.folder,
      HOME: place.folder,
    },
    cwd: place.folder,
    netns: network.netns,
    withoutNetwork: network.none,
    prepare: () => prepareMounts(run),
    onLine,
    signal,
  });
}

/** The arguments of `buildah build` for a request; `files` are the rewritten ones. */
export function buildArguments(
  request: BuildRequest,
  files: {
    dockerfile: string;
    ignoreFile: string;
    policy: string;
    idFile: string;
    folders: ReadonlyMap<string, string>;
    secrets: ReadonlyMap<string, string>;
  },
): string[] {
  const each = (flag: string, values: Iterable<string>): string[] =>
    [...values].flatMap((value) => [flag, value]);
  const pairs = (map: ReadonlyMap<string, string>, join: (key: string, value: string) => string): string[] =>
    [...map].map(([key, value]) => join(key, value));
  return [
    ...['build', '--isolation', 'chroot', '--format', 'docker', '--layers', '--force-rm', '--pull-never'],
    ...['--identity-label=false', '--signature-policy', files.policy],
    ...['--file', files.dockerfile, '--ignorefile', files.ignoreFile, '--iidfile', files.idFile],
    ...(request.noCache ? ['--no-cache'] : []),
    ...(request.privileged ? ['--cap-add', 'all'] : []),
    ...each(
      '--build-arg',
      pairs(new Map(Object.entries(request.args)), (key, value) => `${key}=${value}`),
    ),
    ...each(
      '--build-context',
      pairs(files.folders, (key, value) => `${key}=${value}`),
    ),
    ...each(
      '--secret',
      pairs(files.secrets, (id, path) => `id=${id},src=${path}`),
    ),
    ...each('--add-host', request.extraHosts),
    ...each('--ssh', request.ssh),
    ...each('--ulimit', request.ulimits),
    request.context,
  ];
}

/** What the machine says about registries and storage of other tools has no say here. */
function writeSettings({ folder }: Workplace): { storage: string; registries: string; auth: string } {
  const paths = {
    storage: `${folder}/storage.conf`,
    registries: `${folder}/registries.conf`,
    auth: `${folder}/auth.json`,
  };
  writeFileNow(paths.storage, '[storage]\ndriver = "overlay"\n');
  writeFileNow(paths.registries, 'unqualified-search-registries = []\n');
  writeFileNow(paths.auth, '{}\n', 0o600);
  return paths;
}

/** The machine's files lie under overlays of their own: a lower folder may not lie within another one. */
function prepareMounts({ place, network, shmSizeBytes }: BuildahRun): void {
  if (place.hostMounts.length > 0) {
    const scratch = `${place.runFolder}/host`;
    makeFolderNow(scratch, 0o700);
    mount({ source: 'berth', target: scratch, type: 'tmpfs' });
    for (const [index, target] of place.hostMounts.entries()) {
      const data = overlayOptions({ scratch: `${scratch}/${index}`, hiddenPaths: place.hiddenPaths });
      mount({ source: 'overlay', target, type: 'overlay', data });
    }
  }
  // Steps see the folder of the builder: the machine's own is not theirs.
  mount({
    source: 'shm',
    target: '/dev/shm',
    type: 'tmpfs',
    flags: MS_NOSUID | MS_NODEV | MS_NOEXEC,
    data: `mode=1777,size=${shmSizeBytes}`,
  });
  if (network.resolvConf !== undefined)
    mount({ source: network.resolvConf, target: '/etc/resolv.conf', flags: MS_BIND });
}
