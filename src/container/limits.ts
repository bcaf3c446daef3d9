import type { ResourceSpec } from '../model/container.ts';

/** A resource limit by its short name (`nofile`); Infinity: none. */
export interface Limit {
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

/** What this machine lets the engine do. */
export interface LimitAuthority {
  /** The engine's own limits. */
  readonly own: readonly Limit[];
  readonly ownOomScoreAdj: number;
  /** Whether it holds CAP_SYS_RESOURCE. */
  readonly mayRaise: boolean;
}

const RLIMIT_INFINITY = Number(2n ** 64n - 1n);

/** The limits to set, brought down to what the engine may set, with a sentence for each one that was. */
export function attainableLimits(
  ulimits: NonNullable<ResourceSpec['ulimits']>,
  authority: LimitAuthority,
): { readonly rlimits: { type: string; soft: number; hard: number }[]; readonly warnings: string[] } {
  const warnings: string[] = [];
  const rlimits = ulimits.map((asked) => {
    const ceiling = ceilingOf(asked.name, authority);
    const hard = Math.min(unlimitedAsInfinity(asked.hard), ceiling);
    const soft = Math.min(unlimitedAsInfinity(asked.soft), hard);
    if (hard < unlimitedAsInfinity(asked.hard))
      warnings.push(
        `ulimit ${asked.name} is ${hard} instead of ${asked.hard}: without CAP_SYS_RESOURCE no limit can be raised`,
      );
    return { type: `RLIMIT_${asked.name.toUpperCase()}`, soft: finite(soft), hard: finite(hard) };
  });
  return { rlimits, warnings };
}

/** The OOM score adjustment to set: undefined leaves the inherited one. */
export function attainableOomScore(
  asked: number,
  authority: LimitAuthority,
): { readonly oomScoreAdj?: number; readonly warnings: string[] } {
  if (asked === 0 || asked === authority.ownOomScoreAdj) return { warnings: [] };
  if (authority.mayRaise || asked > authority.ownOomScoreAdj) return { oomScoreAdj: asked, warnings: [] };
  const warning = `oom_score_adj stays ${authority.ownOomScoreAdj} instead of ${asked}: lowering it needs CAP_SYS_RESOURCE`;
  return { warnings: [warning] };
}

/** Reads /proc/self/limits. */
export function parseLimits(text: string): Limit[] {
  return text.split('\n').flatMap((line) => {
    const match = /^Max (.+?)\s{2,}(\S+)\s+(\S+)/.exec(line);
    const name = match && NAMES[match[1] ?? ''];
    return match && name ? [{ name, soft: valueOf(match[2]), hard: valueOf(match[3]) }] : [];
  });
}

const NAMES: Readonly<Record<string, string>> = {
  'cpu time': 'cpu',
  'file size': 'fsize',
  'data size': 'data',
  'stack size': 'stack',
  'core file size': 'core',
  'resident set': 'rss',
  processes: 'nproc',
  'open files': 'nofile',
  'locked memory': 'memlock',
  'address space': 'as',
  'file locks': 'locks',
  'pending signals': 'sigpending',
  'msgqueue size': 'msgqueue',
  'nice priority': 'nice',
  'realtime priority': 'rtprio',
  'realtime timeout': 'rttime',
};

function ceilingOf(name: string, { own, mayRaise }: LimitAuthority): number {
  if (mayRaise) return Infinity;
  return own.find((limit) => limit.name === name)?.hard ?? Infinity;
}

function valueOf(word: string | undefined): number {
  return word === 'unlimited' ? Infinity : Number(word);
}

function unlimitedAsInfinity(value: number): number {
  return value < 0 ? Infinity : value;
}

function finite(value: number): number {
  return value === Infinity ? RLIMIT_INFINITY : value;
}
