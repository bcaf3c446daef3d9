import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { freeBytes } from '../../host/disk.ts';
import { run } from '../../host/exec.ts';
import { readJson, readText } from '../../host/files.ts';
import { listFolder, removeTreeNow } from '../../host/files-now.ts';
import { listLinks, withNetlink } from '../../host/netlink.ts';
import { readSysctl } from '../../host/sysctl.ts';
import { BerthError } from '../../model/errors.ts';
import { cgroupVersionOf, isHybrid, ownHierarchies, removeCgroup } from '../../container/cgroups.ts';
import { probeRuntime } from '../../container/runtime-probe.ts';
import { isRunning as isFirewalldRunning } from '../../network/firewall/firewalld.ts';
import { hostRoutes, type HostRoute } from '../../network/host-routes.ts';
import { parseSavedRules } from '../../network/firewall/saved-rules.ts';
import { pathsFor } from '../paths.ts';

export interface DoctorNetwork {
  readonly name: string;
  readonly subnets: readonly string[];
  readonly bridge: string;
  /** The project whose file it stands in; empty: made by hand. */
  readonly project: string;
  /** Somebody chose the subnet. */
  readonly isNamed: boolean;
}

/** What the doctor looks at. `undefined`: it could not be seen, mostly for want of root. */
export interface DoctorFacts {
  readonly isRoot: boolean;
  /** The engine's socket answers to this user. */
  readonly engineAnswers: boolean;
  readonly missingPrograms: readonly string[];
  /** `crun 1.8`; or what went wrong. */
  readonly runtime: { readonly works: boolean; readonly text: string } | undefined;
  readonly cgroups: 'v1' | 'v2' | 'hybrid' | 'none';
  readonly ipForward: string | undefined;
  readonly forwardPolicy: string | undefined;
  readonly firewalls: readonly ('ufw' | 'firewalld')[];
  /** `nf_tables` or `legacy`: what iptables here writes to. */
  readonly backend: string | undefined;
  /** Rules in tables of the other kind. */
  readonly otherBackendRules: number | undefined;
  /** What the kernel said to links and to rules like ours, tried in a namespace of their own; empty: it took them. */
  readonly links: string | undefined;
  readonly rules: string | undefined;
  readonly hasOverlay: boolean;
  readonly networks: readonly DoctorNetwork[];
  /** Devices that are there, and whether they are up. */
  readonly devices: readonly { readonly name: string; readonly up: boolean }[];
  readonly routes: readonly HostRoute[];
  readonly freeBytes: number;
  readonly root: string;
}

/** Looks at this machine. Changes nothing: what has to be tried is tried in namespaces that go at once. */
export async function doctorFacts(about: {
  readonly root: string;
  readonly runRoot: string;
  readonly engineAnswers: boolean;
}): Promise<DoctorFacts> {
  const isRoot = process.getuid?.() === 0;
  const [missingPrograms, backend, saved] = await Promise.all([
    missing(),
    backendOf(),
    textOf(['iptables-save']),
  ]);
  const rules = saved === undefined ? undefined : parseSavedRules(saved);
  return {
    isRoot,
    engineAnswers: about.engineAnswers,
    missingPrograms,
    runtime: isRoot ? await runtimeOf() : undefined,
    cgroups: cgroupsOf(),
    ipForward: readSysctl('net.ipv4.ip_forward'),
    forwardPolicy: rules && (rules.get('filter')?.get('FORWARD')?.policy ?? 'ACCEPT'),
    firewalls: firewalls(),
    backend,
    otherBackendRules: await otherRules(backend),
    links: isRoot ? await refusal(LINKS) : undefined,
    rules: isRoot ? await refusal(['iptables-restore'], RULES) : undefined,
    hasOverlay: await overlay(),
    networks: networksIn(pathsFor(about.root, about.runRoot).networks),
    devices: withNetlink(undefined, listLinks),
    routes: hostRoutes(),
    freeBytes: freeBytes(about.root),
    root: about.root,
  };
}

const PROGRAMS = ['conmon', 'iptables-restore', 'iptables-save', 'ip', 'bridge', 'unshare'];
const LINKS = [
  'sh',
  '-c',
  'ip link add doctor0 type bridge && ip link add doctor1 type veth peer name doctor2 && ip link set doctor1 master doctor0',
];
const RULES = `*raw
-A PREROUTING -d 192.0.2.1/32 ! -i lo -m comment --comment "berth" -j DROP
COMMIT
*nat
-A PREROUTING -p tcp -m tcp --dport 80 -m addrtype --dst-type LOCAL -j DNAT --to-destination 192.0.2.1:80
-A POSTROUTING -s 192.0.2.0/24 -j MASQUERADE
COMMIT
*filter
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
`;

async function missing(): Promise<string[]> {
  const found = await Promise.all(PROGRAMS.map(async (name) => ((await isThere(name)) ? [] : [name])));
  const runtimes = await Promise.all(['crun', 'runc'].map(isThere));
  return [...found.flat(), ...(runtimes.includes(true) ? [] : ['crun'])];
}

async function isThere(program: string): Promise<boolean> {
  return (await run(['sh', '-c', 'command -v "$1"', 'sh', program], { allowFailure: true })).exitCode === 0;
}

/** A container is really run, with state and cgroup of its own. */
async function runtimeOf(): Promise<DoctorFacts['runtime']> {
  const word = `berth-doctor-${randomBytes(4).toString('hex')}`;
  const runRoot = `${tmpdir()}/${word}`;
  try {
    const { name, version } = await probeRuntime({ runRoot, cgroupParent: word });
    return { works: true, text: `${name} ${version}` };
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    return { works: false, text: error.message };
  } finally {
    removeTreeNow(runRoot);
    removeCgroup(`/${word}`, ownHierarchies());
  }
}

function cgroupsOf(): DoctorFacts['cgroups'] {
  const hierarchies = ownHierarchies();
  if (hierarchies.length === 0) return 'none';
  if (isHybrid(hierarchies)) return 'hybrid';
  return cgroupVersionOf(hierarchies) === '1' ? 'v1' : 'v2';
}

function firewalls(): ('ufw' | 'firewalld')[] {
  const isUfw = /^ENABLED=yes/m.test(readableText('/etc/ufw/ufw.conf') ?? '');
  return [...(isUfw ? (['ufw'] as const) : []), ...(isFirewalldRunning() ? (['firewalld'] as const) : [])];
}

async function backendOf(): Promise<string | undefined> {
  return /\((nf_tables|legacy)\)/.exec((await textOf(['iptables', '--version'])) ?? '')?.[1];
}

async function otherRules(backend: string | undefined): Promise<number | undefined> {
  const program = backend === 'legacy' ? 'iptables-nft-save' : 'iptables-legacy-save';
  // Asking would load the tables of the old kind, which are to be seen only where they are in use.
  if (backend !== 'legacy' && (readableText('/proc/net/ip_tables_names') ?? '').trim() === '') return 0;
  const saved = await textOf([program]);
  return saved?.split('\n').filter((line) => line.startsWith('-A ')).length;
}

async function refusal(argv: readonly string[], input?: string): Promise<string | undefined> {
  const options = { allowFailure: true, ...(input !== undefined && { input }) };
  try {
    const { exitCode, stderr } = await run(['unshare', '--net', ...argv], options);
    return exitCode === 0 ? '' : stderr.trim() || 'it was refused';
  } catch (error) {
    if (error instanceof BerthError) return undefined;
    throw error;
  }
}

async function overlay(): Promise<boolean> {
  if ((readableText('/proc/filesystems') ?? '').includes('\toverlay')) return true;
  return (await textOf(['modprobe', '--dry-run', 'overlay'])) !== undefined;
}

function networksIn(folder: string): DoctorFacts['networks'] {
  interface Stored {
    readonly spec?: {
      readonly name?: string;
      readonly driver?: string;
      readonly labels?: Readonly<Record<string, string>>;
    };
    readonly userSubnet?: boolean;
    readonly dormant?: boolean;
    readonly pools?: readonly { readonly subnet: string }[];
    readonly bridge?: string;
  }
  try {
    return (
      listFolder(folder)
        .filter((name) => name.endsWith('.json'))
        .map((name) => readJson<Stored>(`${folder}/${name}`))
        // The subnet of a macvlan network is that of the LAN, and so has a route.
        .filter((stored) => stored?.spec?.driver !== 'macvlan' && !stored?.dormant)
        .map((stored) => ({
          name: stored?.spec?.name ?? '',
          subnets: (stored?.pools ?? []).map(({ subnet }) => subnet),
          bridge: stored?.bridge ?? '',
          project: stored?.spec?.labels?.['com.docker.compose.project'] ?? '',
          isNamed: stored?.userSubnet ?? false,
        }))
    );
  } catch {
    // Not ours to read without root.
    return [];
  }
}

function readableText(path: string): string | undefined {
  try {
    return readText(path);
  } catch {
    // Not ours to read without root.
    return undefined;
  }
}

/** What a program prints; undefined when it is missing or fails. */
async function textOf(argv: readonly string[]): Promise<string | undefined> {
  try {
    return (await run(argv)).stdout;
  } catch (error) {
    if (error instanceof BerthError) return undefined;
    throw error;
  }
}
