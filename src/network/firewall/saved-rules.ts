/** A rule as `iptables-save -c` prints it. */
export interface SavedRule {
  /** The rule without counters and chain: `-d 172.18.0.2/32 -p tcp -j ACCEPT`. */
  readonly text: string;
  readonly packets: number;
  readonly words: readonly string[];
}

export interface SavedChain {
  /** `ACCEPT` or `DROP`; `-` for chains that programs made. */
  readonly policy: string;
  readonly packets: number;
  readonly rules: readonly SavedRule[];
}

/** Everything that stands in the kernel, ours or not: table → chain. */
export type SavedRules = ReadonlyMap<string, ReadonlyMap<string, SavedChain>>;

/** Reads the text of `iptables-save -c`. Lines that are neither table, chain nor rule are left out. */
export function parseSavedRules(text: string): SavedRules {
  const tables = new Map<string, Map<string, { policy: string; packets: number; rules: SavedRule[] }>>();
  let chains = new Map<string, { policy: string; packets: number; rules: SavedRule[] }>();
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) {
      chains = tables.get(line.slice(1)) ?? new Map<string, never>();
      tables.set(line.slice(1), chains);
    }
    const chain = /^:(\S+) (\S+)(?: \[(\d+):\d+\])?/.exec(line);
    if (chain?.[1] !== undefined) {
      chains.set(chain[1], { policy: chain[2] ?? '-', packets: Number(chain[3] ?? 0), rules: [] });
    }
    const rule = /^(?:\[(\d+):\d+\] )?-A (\S+) ?(.*)$/.exec(line);
    if (rule?.[2] === undefined) continue;
    const [, packets = '0', name, body = ''] = rule;
    chains.get(name)?.rules.push({ text: body, packets: Number(packets), words: wordsOf(body) });
  }
  return tables;
}

/** Words, with quoted ones whole. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}
