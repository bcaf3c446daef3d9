import { readText } from '../../host/files.ts';
import { removeFileNow, writeFileNow } from '../../host/files-now.ts';
import { deleteTables, rulesGeneration } from '../../host/packet-tables.ts';
import type { Family } from './ruleset.ts';

/**
 * The tables of the kernel that were not there before us. iptables makes a table when it is first used and never
 * takes it away; we take ours away when nothing is left in them. A note on disk lets a later engine do it.
 */
export class MadeTables {
  readonly #noteFile: string | undefined;
  readonly #netns: string | undefined;
  readonly #made: Set<string>;
  /** The generation in which the last table of a family went. */
  readonly #bareSince = new Map<Family, number>();

  constructor({
    noteFile,
    netns,
  }: {
    readonly noteFile?: string | undefined;
    readonly netns?: string | undefined;
  }) {
    this.#noteFile = noteFile;
    this.#netns = netns;
    const noted = noteFile === undefined ? undefined : readText(noteFile);
    this.#made = new Set((noted ?? '').split('\n').filter((line) => line !== ''));
  }

  /** Before rules are put into `wanted`: notes which of these tables `saved` (of iptables-save) does not have. */
  note(family: Family, saved: string, wanted: readonly string[]): void {
    const there = new Set(tablesIn(saved).keys());
    const missing = wanted.filter((name) => !there.has(name));
    if (missing.length === 0) return;
    for (const name of missing) this.#made.add(`${family} ${name}`);
    this.#write();
  }

  /** The generation to hand to `clear`, read before the rules are looked at. */
  generation(): number | undefined {
    return this.#made.size === 0 ? undefined : rulesGeneration(this.#netns);
  }

  /** Deletes those of our tables that `saved` shows without a rule, a chain of anybody's, or a policy. */
  clear(family: Family, saved: string, generation: number | undefined): void {
    if (generation === undefined) return;
    const bare = [...tablesIn(saved)].filter(([, lines]) => lines.every(isBuiltIn)).map(([name]) => name);
    const names = bare.filter((name) => this.#made.has(`${family} ${name}`));
    if (names.length === 0 || !deleteTables({ family, names, netns: this.#netns }, generation)) return;
    for (const name of names) this.#made.delete(`${family} ${name}`);
    this.#write();
    // The deletion is one change: with one more, somebody else's stands behind it.
    if (names.length === tablesIn(saved).size) this.#bareSince.set(family, generation + 1);
  }

  /** True when no table has been there since we deleted the last one: no rule of the machine has changed since. */
  isBare(family: Family): boolean {
    const since = this.#bareSince.get(family);
    return since !== undefined && rulesGeneration(this.#netns) === since;
  }

  #write(): void {
    if (this.#noteFile === undefined) return;
    if (this.#made.size === 0) removeFileNow(this.#noteFile);
    else writeFileNow(this.#noteFile, [...this.#made].join('\n') + '\n');
  }
}

/** The lines of each table in an iptables-save text, without comments and COMMIT. */
function tablesIn(saved: string): Map<string, string[]> {
  const tables = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of saved.split('\n')) {
    const name = /^\*(\w+)/.exec(line)?.[1];
    if (name !== undefined) tables.set(name, (current = []));
    else if (line !== '' && !line.startsWith('#') && line !== 'COMMIT') current.push(line);
  }
  return tables;
}

function isBuiltIn(line: string): boolean {
  return /^:(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING) ACCEPT /.test(line);
}
