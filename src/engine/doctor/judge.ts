import { contains, parseCidr } from '../../network/cidr.ts';
import type { DoctorFacts, DoctorNetwork } from './facts.ts';

/** One thing that was looked at. */
export interface Finding {
  /** `unknown`: it can't be seen without root. */
  readonly status: 'ok' | 'note' | 'problem' | 'unknown';
  readonly about: string;
  readonly text: string;
  /** The command that mends it. */
  readonly mend?: string;
}

/** What would break Berth on a machine, and what mends it. Pure. */
export function judge(facts: DoctorFacts): Finding[] {
  return [
    rights(facts),
    ...programs(facts),
    runtime(facts),
    cgroups(facts),
    facts.hasOverlay
      ? ok('overlay', 'the kernel has overlayfs')
      : problem(
          'overlay',
          'the kernel has no overlayfs, of which the files of containers are made',
          'modprobe overlay',
        ),
    links(facts),
    rules(facts),
    forwarding(facts),
    policy(facts),
    ...firewalls(facts),
    backends(facts),
    ok('port 53', 'not needed: each container has its resolver inside its own network'),
    ...bridges(facts),
    ...subnets(facts),
    disk(facts),
  ];
}

const GIB = 2 ** 30;
const PACKAGES: Readonly<Record<string, string>> = {
  'iptables-restore': 'iptables',
  'iptables-save': 'iptables',
  ip: 'iproute2',
  bridge: 'iproute2',
  unshare: 'util-linux',
};

function rights({ isRoot, engineAnswers }: DoctorFacts): Finding {
  if (isRoot) return ok('root', 'commands may start the engine');
  if (engineAnswers) return ok('root', 'not root, but an engine runs and answers');
  return problem('root', 'no engine runs, and only root can start one', 'sudo berth doctor');
}

function programs({ missingPrograms }: DoctorFacts): Finding[] {
  if (missingPrograms.length === 0) return [ok('programs', 'all there')];
  return missingPrograms.map((name) =>
    problem('programs', `${name} is not installed`, `apt-get install ${PACKAGES[name] ?? name}`),
  );
}

function runtime({ runtime: found }: DoctorFacts): Finding {
  if (!found) return unknown('runtime', 'whether a container runs is tried as root only');
  if (found.works) return ok('runtime', `a container runs with ${found.text}`);
  return problem('runtime', found.text, 'apt-get install conmon crun');
}

function cgroups({ cgroups: kind, runtime: found }: DoctorFacts): Finding {
  if (kind === 'none') {
    return problem('cgroups', 'none are mounted', 'mount -t cgroup2 cgroup2 /sys/fs/cgroup');
  }
  const both = kind === 'hybrid' ? 'v1 and v2 are both mounted (hybrid)' : kind;
  return ok('cgroups', found?.works === true ? `${both}; ${found.text} works with it` : both);
}

function links({ links: refused }: DoctorFacts): Finding {
  if (refused === undefined) return unknown('links', 'bridges and veth pairs are tried as root only');
  if (refused === '') return ok('links', 'the kernel makes bridges and veth pairs');
  return problem('links', `the kernel makes no bridge or veth pair: ${refused}`, 'modprobe bridge veth');
}

function rules({ rules: refused }: DoctorFacts): Finding {
  if (refused === undefined) return unknown('rules', 'rules are tried as root only');
  if (refused === '') return ok('rules', 'the kernel takes every kind of rule that Berth writes');
  const modules = 'nf_conntrack nf_nat xt_addrtype xt_conntrack xt_comment xt_MASQUERADE iptable_raw';
  return problem('rules', `rules are refused: ${refused}`, `modprobe -a ${modules}`);
}

function forwarding({ ipForward, isRoot, engineAnswers, networks }: DoctorFacts): Finding {
  if (ipForward === '1') return ok('ip_forward', 'on');
  const command = 'sysctl -w net.ipv4.ip_forward=1';
  if (ipForward === '0' && engineAnswers && networks.some(({ bridge }) => bridge !== '')) {
    const text =
      'off, though there are networks: somebody switched it off, and nothing leaves them or comes in';
    return problem('ip_forward', text, command);
  }
  const text = 'off; Berth switches it on with the first network, and off again with the last';
  if (ipForward === '0') return isRoot ? ok('ip_forward', text) : note('ip_forward', text);
  return problem('ip_forward', 'the kernel does not have it', command);
}

function policy({ forwardPolicy }: DoctorFacts): Finding {
  if (forwardPolicy === undefined) return unknown('FORWARD', 'the rules are shown to root only');
  if (forwardPolicy !== 'DROP') return ok('FORWARD', `policy ${forwardPolicy}`);
  return note(
    'FORWARD',
    "policy DROP, by another program; Berth's rules stand before it and let its own through",
  );
}

function firewalls({ firewalls: found }: DoctorFacts): Finding[] {
  return found.map((name) =>
    name === 'ufw'
      ? note(
          'ufw',
          'is on; published ports pass it by, as the packets are forwarded. BERTH-USER is for rules of yours',
        )
      : note('firewalld', "is running; Berth's bridges stand in its zone trusted, and after a reload again"),
  );
}

function backends({ backend, otherBackendRules: others }: DoctorFacts): Finding {
  if (backend === undefined) return unknown('iptables', 'what kind it is can not be told');
  if (others === undefined || others === 0)
    return ok('iptables', `${backend}, and no tables of the other kind`);
  const other = backend === 'legacy' ? 'nft' : 'legacy';
  const kind = backend === 'legacy' ? 'legacy' : 'nft';
  return problem(
    'iptables',
    `it writes ${kind} tables, but ${others} rules stand in ${other} tables too, and packets pass both`,
    `iptables-${other}-save > rules.${other} && for t in raw mangle nat filter; do iptables-${other} -t $t -F; done && iptables-${other} -P FORWARD ACCEPT`,
  );
}

/** After a boot bridges are made by the engine; while one runs they are there, unless somebody took them. */
function bridges({ networks, devices, engineAnswers }: DoctorFacts): Finding[] {
  const findings = networks.flatMap((network) => {
    const { name, bridge } = network;
    const device = devices.find((candidate) => candidate.name === bridge);
    if (bridge === '' || device?.up) return [];
    if (device)
      return [problem('bridges', `${bridge} of network ${name} is down`, `ip link set ${bridge} up`)];
    if (!engineAnswers) return [];
    return [problem('bridges', `${bridge} of network ${name} was deleted by somebody`, madeAnew(network))];
  });
  if (findings.length > 0 || networks.length === 0) return findings;
  return [ok('bridges', 'all there')];
}

/** Containers on a network that was made by hand are somebody's own to take away. */
function madeAnew({ name, project, subnets: [subnet = ''], isNamed }: DoctorNetwork): string {
  if (project !== '') return `berth -p ${project} down && berth -p ${project} up -d`;
  return `berth network rm ${name} && berth network create ${isNamed ? `--subnet ${subnet} ` : ''}${name}`;
}

function subnets({ networks, routes }: DoctorFacts): Finding[] {
  const own = new Set(networks.map(({ bridge }) => bridge));
  const foreign = routes.filter(({ dev }) => !own.has(dev));
  const clashes = networks.flatMap((network) =>
    network.subnets.flatMap((subnet) => {
      const clash = foreign.find(({ cidr }) => takesFrom(cidr, subnet));
      if (!clash) return [];
      const { name, isNamed, project } = network;
      const where = isNamed && project !== '' ? '; the file names that subnet: take it out there first' : '';
      const text = `network ${name} (${subnet}) is crossed by the route ${clash.cidr} on ${clash.dev}${where}`;
      return [problem('subnets', text, madeAnew({ ...network, isNamed: false }))];
    }),
  );
  return clashes.length > 0 ? clashes : [ok('subnets', 'no network is crossed by a route of this machine')];
}

/** A wider route does no harm: the kernel prefers the network, as the more specific one. */
function takesFrom(route: string, subnet: string): boolean {
  const [outer, inner] = [parseCidr(subnet), parseCidr(route)];
  return outer !== undefined && inner !== undefined && contains(outer, inner);
}

function disk({ freeBytes, root }: DoctorFacts): Finding {
  const free = `${(freeBytes / GIB).toFixed(1)} GiB free at ${root}`;
  if (freeBytes >= GIB) return ok('disk', free);
  return problem('disk', `only ${free}`, 'berth image ls && berth volume prune');
}

function ok(about: string, text: string): Finding {
  return { status: 'ok', about, text };
}

function note(about: string, text: string): Finding {
  return { status: 'note', about, text };
}

function unknown(about: string, text: string): Finding {
  return { status: 'unknown', about, text };
}

function problem(about: string, text: string, mend: string): Finding {
  return { status: 'problem', about, text, mend };
}
