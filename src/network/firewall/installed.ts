import { chainNames } from './chains.ts';

/** Which of our hooks stand in the kernel, and how often; whether the user's chain is there. */
export interface Installed {
  /** How many times a hook stands, by `<table> <chain> <rule>`. */
  readonly hooks: ReadonlyMap<string, number>;
  readonly chains: ReadonlySet<string>;
}

/** What of ours stands, from the text of `iptables-save`. */
export function readInstalled(saved: string, owner = 'berth'): Installed {
  const hooks = new Map<string, number>();
  const chains = new Set<string>();
  let table = '';
  for (const line of saved.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1);
    const declared = /^:(\S+)/.exec(line)?.[1];
    if (declared !== undefined && isTable(table) && chainsOfTable(table, owner).has(declared)) {
      chains.add(`${table} ${declared}`);
    }
    const rule = /^-A (\S+) (.*-j (\S+))$/.exec(line);
    if (!rule?.[1] || rule[2] === undefined || rule[3] === undefined || !isTable(table)) continue;
    const own = chainsOfTable(table, owner);
    if (own.has(rule[1]) || !own.has(rule[3])) continue;
    const hook = `${table} ${rule[1]} ${rule[2]}`;
    hooks.set(hook, (hooks.get(hook) ?? 0) + 1);
  }
  return { hooks, chains };
}

/** True when the user's chain has rules, or another engine's chains stand beside ours and share it. */
export function userChainIsInUse(saved: string, owner = 'berth'): boolean {
  const own = chainNames(owner);
  return saved.split('\n').some((line) => {
    if (line.startsWith(`-A ${own.user} `)) return true;
    const chain = /^:(BERTH\S*-FORWARD) /.exec(line)?.[1];
    return chain !== undefined && chain !== own.forward;
  });
}

/**
 * The text that takes our chains and hooks away. `installed` is what stands now. The user's chain stays, with its
 * hook, while there are rules in it.
 */
export function renderRemoval({
  owner = 'berth',
  installed,
  keepUserChain,
}: {
  readonly owner?: string;
  readonly installed: Installed;
  readonly keepUserChain: boolean;
}): string {
  const chains = chainNames(owner);
  return TABLES.map((name) => {
    const own = [...chainsOfTable(name, owner)].filter((chain) => installed.chains.has(`${name} ${chain}`));
    const going = own.filter((chain) => !(chain === chains.user && keepUserChain));
    const hooks = hooksOfTable(installed, name).filter(([hook]) =>
      going.some((chain) => hook.endsWith(`-j ${chain}`)),
    );
    if (going.length === 0 && hooks.length === 0) return '';
    return [
      `*${name}`,
      ...hooks.flatMap(([hook, count]) => Array<string>(count).fill(`-D ${hook}`)),
      ...going.map((chain) => `-F ${chain}`),
      ...going.map((chain) => `-X ${chain}`),
      'COMMIT\n',
    ].join('\n');
  }).join('');
}

/** The hooks of one table: `FORWARD -j BERTH-USER`, and how often each stands. */
export function hooksOfTable(installed: Installed, table: string): [string, number][] {
  return [...installed.hooks]
    .filter(([hook]) => hook.startsWith(`${table} `))
    .map(([hook, count]) => [hook.slice(table.length + 1), count]);
}

const TABLES = ['raw', 'nat', 'filter'] as const;

function isTable(name: string): name is (typeof TABLES)[number] {
  return TABLES.some((table) => table === name);
}

function chainsOfTable(table: (typeof TABLES)[number], owner: string): ReadonlySet<string> {
  const { ports, postrouting, prerouting, loopback, direct, ...filter } = chainNames(owner);
  if (table === 'raw') return new Set([prerouting, loopback, direct]);
  if (table === 'nat') return new Set([ports, postrouting]);
  return new Set([ports, ...Object.values(filter)]);
}
