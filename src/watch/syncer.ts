import type { FileChange, FileChangeResult } from '../model/engine.ts';
import type { SyncPair } from './batch.ts';
import type { WatchedReplica, WatchHands } from './hands.ts';

/** Paths in one request. */
const REQUEST_MAX = 2000;

export interface SyncOutcome {
  readonly replicas: number;
  /** Paths written or removed, in the replica where most were. */
  readonly changed: number;
  readonly failures: readonly string[];
}

/** Brings files to every replica of a service, and remembers them for replicas that start later. */
export class Syncer {
  readonly #hands: WatchHands;
  /** Service → path in the container → path on the machine. */
  readonly #synced = new Map<string, Map<string, string>>();

  constructor(hands: WatchHands) {
    this.#hands = hands;
  }

  async sync(service: string, pairs: readonly SyncPair[]): Promise<SyncOutcome> {
    this.#remember(service, pairs);
    return this.#bring(await this.#hands.replicas(service), pairs);
  }

  /** Brings everything that was synced so far to a replica that has started. */
  async restore(replica: WatchedReplica): Promise<SyncOutcome> {
    const known = [...(this.#synced.get(replica.service) ?? [])];
    return this.#bring(
      [replica],
      known.map(([to, from]) => ({ to, from })),
    );
  }

  #remember(service: string, pairs: readonly SyncPair[]): void {
    const known = this.#synced.get(service) ?? new Map<string, string>();
    for (const { from, to } of pairs) known.set(to, from);
    this.#synced.set(service, known);
  }

  async #bring(replicas: readonly WatchedReplica[], changes: readonly FileChange[]): Promise<SyncOutcome> {
    const outcomes = await Promise.all(replicas.map((replica) => this.#place(replica, changes)));
    return {
      replicas: replicas.length,
      changed: Math.max(0, ...outcomes.map(({ changed }) => changed)),
      failures: outcomes.flatMap(({ failures }) => failures),
    };
  }

  async #place(
    { id, name }: WatchedReplica,
    changes: readonly FileChange[],
  ): Promise<{ changed: number; failures: string[] }> {
    const results: FileChangeResult[] = [];
    for (let at = 0; at < changes.length; at += REQUEST_MAX) {
      results.push(await this.#hands.place(id, changes.slice(at, at + REQUEST_MAX)));
    }
    return {
      changed: results.reduce((sum, { written, removed }) => sum + written + removed, 0),
      failures: results.flatMap(({ failures }) =>
        failures.map(({ path, message }) => `${name}:${path}: ${message}`),
      ),
    };
  }
}
