import { programPath, run } from '../../host/exec.ts';
import { findProcesses, sharesOwnNetwork } from '../../host/process-table.ts';

/** The zone of firewalld in which everything passes: our own rules decide. It comes with firewalld, and podman uses it too. */
const ZONE = 'trusted';

/** It answers when it has done what it does at the moment, such as its start or a reload. */
const TIME_LIMIT_MS = 20_000;

/**
 * Keeps our bridges in the zone `trusted` of a running firewalld. Its rules stand in a table of its own, so that what ours
 * accept it refuses still: without a zone no container reaches another one, the host, or anything else.
 * Nothing is written to its configuration: a reload forgets the bridges, and `forget` is to be called then.
 */
export class FirewalldZone {
  #inZone: ReadonlySet<string> = new Set();
  #running: Promise<void> = Promise.resolve();

  /** Brings the zone to these bridges. Does nothing where no firewalld runs. Throws HostError. */
  sync(bridges: readonly string[]): Promise<void> {
    this.#running = this.#running.catch(() => undefined).then(() => this.#syncNow(bridges));
    return this.#running;
  }

  /** firewalld has started, or was told to reload: it knows none of our bridges. */
  forget(): void {
    this.#inZone = new Set();
  }

  async #syncNow(bridges: readonly string[]): Promise<void> {
    const before = this.#inZone;
    const added = bridges.filter((bridge) => !before.has(bridge));
    const gone = [...before].filter((bridge) => !bridges.includes(bridge));
    if (added.length === 0 && gone.length === 0) return;
    if (isRunning()) {
      if (added.length > 0) await firewallCmd(added.map((bridge) => `--change-interface=${bridge}`));
      const remove = gone.map((bridge) => `--remove-interface=${bridge}`);
      if (gone.length > 0) await firewallCmd(remove, { allowFailure: true });
    }
    // Unless it has forgotten them in the meantime.
    if (this.#inZone === before) this.#inZone = new Set(bridges);
  }
}

/** Whether firewalld guards the network that this process is in. */
export function isRunning(): boolean {
  if (programPath('firewall-cmd') === undefined) return false;
  return findProcesses((argv) => argv.some((word) => word.endsWith('/firewalld'))).some(sharesOwnNetwork);
}

async function firewallCmd(args: readonly string[], options: { allowFailure?: boolean } = {}): Promise<void> {
  await run(['firewall-cmd', '--quiet', `--zone=${ZONE}`, ...args], {
    timeoutMs: TIME_LIMIT_MS,
    ...options,
  });
}
