import { run } from '../../host/exec.ts';
import { HostError } from '../../model/errors.ts';
import { readInstalled, renderRemoval, userChainIsInUse } from './installed.ts';
import { renderChange, renderCheck, renderRestore } from './iptables.ts';
import { rulesFor, type FirewallState } from './model.ts';
import { MadeTables } from './made-tables.ts';
import { withoutClamps, type Family, type Ruleset } from './ruleset.ts';

const PROGRAMS: Readonly<Record<Family, string>> = { ipv4: 'iptables', ipv6: 'ip6tables' };
const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];

/** Seconds to wait while another program changes rules. */
const LOCK_WAIT_SECONDS = 20;

/** What is refused this often is not refused because others change rules at the same time. */
const TRIES_MAX = 4;

/** The last line that a restore reads. */
const DONE = '# done';

export interface FirewallOptions {
  /** Path of the network namespace; undefined: the own one. */
  readonly netns?: string;
  /** The word that marks things as ours. */
  readonly owner?: string;
  /** Where it is noted which tables of the kernel we made. */
  readonly noteFile?: string;
}

/**
 * Brings the kernel's rules to a state, by one iptables-restore a family, and heals what somebody flushed. Calls that
 * come while one is running are done together, by the next run, which takes the latest state.
 */
export class FirewallApplier {
  readonly #netns: string | undefined;
  readonly #owner: string;
  readonly #tables: MadeTables;
  /** What this applier has put in force; nothing: what stands is to be read first. */
  readonly #inForce = new Map<Family, Ruleset>();
  /** Nothing of ours stands, as far as we know. */
  #isGone = false;
  /** False once the kernel turned out to be without xt_TCPMSS. */
  #canClamp = true;
  #wanted: (() => Promise<void>) | undefined;
  #next: Promise<void> | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor({ netns, owner, noteFile }: FirewallOptions = {}) {
    this.#netns = netns;
    this.#owner = owner ?? 'berth';
    this.#tables = new MadeTables({ noteFile, netns });
  }

  /** Resolves when a run that began after this call has put the latest state in force. Throws HostError. */
  apply(state: FirewallState): Promise<void> {
    return this.#enqueue(() => this.#applyNow(rulesFor({ ...state, owner: this.#owner })));
  }

  /** Takes our chains and hooks away, and nothing else: the user's own chain stays while it has rules. */
  remove(): Promise<void> {
    return this.#enqueue(() => this.#removeNow());
  }

  /** What stands is to be read again before the next change: something else may have changed the rules. */
  forget(): void {
    this.#isGone = false;
    this.#inForce.clear();
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    this.#wanted = work;
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        const latest = this.#wanted;
        this.#next = undefined;
        this.#running = latest ? latest() : Promise.resolve();
        return this.#running;
      });
    return this.#next;
  }

  async #applyNow(wanted: Ruleset): Promise<void> {
    this.#isGone = false;
    if (!this.#canClamp) return this.#applyFamilies(withoutClamps(wanted));
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      try {
        await this.#applyFamilies(wanted);
        return;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        // Somebody changed rules between our look and our change: look again.
        this.#inForce.clear();
      }
    }
    // Whatever else was refused is refused again.
    await this.#applyFamilies(withoutClamps(wanted));
    this.#canClamp = false;
  }

  async #applyFamilies(ruleset: Ruleset): Promise<void> {
    for (const family of FAMILIES) {
      const isEmpty = ruleset[family].length === 0;
      if (!isEmpty) await this.#applyFamily(ruleset, family);
      else if (this.#inForce.has(family)) await this.#removeFamily(family);
    }
  }

  async #applyFamily(ruleset: Ruleset, family: Family): Promise<void> {
    if (!(await this.#changeFamily(ruleset, family))) {
      this.#inForce.delete(family);
      const saved = this.#tables.isBare(family) ? '' : await this.#save(family);
      this.#tables.note(
        family,
        saved,
        ruleset[family].map(({ name }) => name),
      );
      const installed = readInstalled(saved, this.#owner);
      await this.#restore(family, renderRestore(ruleset, { installed, family }));
    }
    this.#inForce.set(family, ruleset);
  }

  /** True when the rules in force were changed to these; false when they are unknown, or were not what we thought. */
  async #changeFamily(ruleset: Ruleset, family: Family): Promise<boolean> {
    const before = this.#inForce.get(family);
    if (!before) return false;
    const change = renderChange(before, ruleset, family);
    try {
      await this.#restore(family, change === '' ? renderCheck(ruleset, family) : change);
      return true;
    } catch (error) {
      // Somebody flushed or changed what we thought stands.
      if (!isRefusal(error)) throw error;
      return false;
    }
  }

  async #removeNow(): Promise<void> {
    if (this.#isGone) return;
    for (const family of FAMILIES) {
      if (family === 'ipv4' || this.#inForce.has(family)) await this.#removeFamily(family);
    }
    this.#isGone = true;
  }

  async #removeFamily(family: Family): Promise<void> {
    const saved = await this.#save(family);
    this.#inForce.delete(family);
    const text = renderRemoval({
      owner: this.#owner,
      installed: readInstalled(saved, this.#owner),
      keepUserChain: userChainIsInUse(saved, this.#owner),
    });
    if (text !== '') await this.#restore(family, text);
    const generation = this.#tables.generation();
    if (generation !== undefined) this.#tables.clear(family, await this.#save(family), generation);
  }

  async #restore(family: Family, input: string): Promise<void> {
    const wait = ['--wait', String(LOCK_WAIT_SECONDS)];
    const argv = [`${PROGRAMS[family]}-restore`, '--noflush', '--verbose', ...wait];
    // It repeats comments when it comes to them. Its end takes tens of milliseconds more, in which the kernel waits
    // until nobody can see what was deleted any more.
    await run(argv, { input: `${input}${DONE}\n`, netns: this.#netns, doneLine: DONE });
  }

  async #save(family: Family): Promise<string> {
    return (await run([`${PROGRAMS[family]}-save`], { netns: this.#netns })).stdout;
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof HostError && error.code === 'HOST_COMMAND_FAILED';
}
