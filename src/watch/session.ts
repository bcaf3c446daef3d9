import { relative } from 'node:path';
import { openTree, type WatchedTree } from '../host/open-tree.ts';
import type { Project } from '../model/compose.ts';
import { batchesOf, pairOf, type ServiceBatch, type SyncPair } from './batch.ts';
import { boundFiles, isBound } from './bind-mounts.ts';
import { nothingToWatch } from './errors.ts';
import { stepsOf, type WatchEvent, type WatchStep } from './events.ts';
import type { WatchedReplica, WatchHands } from './hands.ts';
import { QuietPeriod } from './quiet-period.ts';
import { watchRules, type WatchExec, type WatchRule } from './rules.ts';
import { Syncer } from './syncer.ts';

export interface WatchAbout {
  readonly project: Project;
  /** Empty: all that say what to watch. */
  readonly services: readonly string[];
  readonly hands: WatchHands;
  readonly emit: (event: WatchEvent) => void;
}

/** Watches the files of a project, and does what its `develop` sections say when they change. */
export class WatchSession {
  readonly #about: WatchAbout;
  readonly #rules: readonly WatchRule[];
  readonly #syncer: Syncer;
  readonly #quiet: QuietPeriod;
  readonly #known = new Set<string>();
  #tree: WatchedTree | undefined;
  #leave: () => void = () => undefined;
  /** One thing at a time, in the order in which it came up. */
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** @throws {UsageError} WATCH_NO_RULES, WATCH_NO_BUILD */
  constructor(about: WatchAbout) {
    this.#about = about;
    const rules = watchRules(about.project, about.services);
    if (rules.length === 0) throw nothingToWatch(about.services);
    this.#rules = rules.filter((rule) => !this.#isNeedless(rule));
    this.#syncer = new Syncer(about.hands);
    this.#quiet = new QuietPeriod((paths) => this.#queue(() => this.#handle(paths)));
  }

  get rules(): readonly WatchRule[] {
    return this.#rules;
  }

  /**
   * Resolves when every change from now on will be seen; the first copies are on their way then.
   */
  async start(): Promise<void> {
    const { hands, emit } = this.#about;
    const startedAt = performance.now();
    this.#leave = await hands.onStart((replica) => this.#queue(() => this.#restore(replica)));
    this.#tree = await openTree({
      roots: [...new Set(this.#rules.map(({ path }) => path))],
      wants: (folder) => this.#rules.some((rule) => rule.enters(folder)),
      onChange: (path) => {
        if (this.#rules.some((rule) => rule.covers(path))) this.#quiet.add(path);
      },
      onLimit: ({ message, hint = '' }) => {
        const text = `${message}: files are looked at twice a second instead; ${hint}`;
        emit({ type: 'note', level: 'warning', text });
      },
      onUnreadable: (folder, reason) => {
        emit({ type: 'note', level: 'warning', text: `${folder} is not watched: ${reason}` });
      },
    });
    const durationMs = performance.now() - startedAt;
    emit({ type: 'ready', rules: this.#rules.length, folders: this.#tree.folderCount, durationMs });
    this.#queue(() => this.#takeStock());
  }

  /** What is under way is finished; nothing new begins. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#quiet.close();
    this.#tree?.close();
    this.#leave();
    await this.#work;
  }

  #queue(work: () => Promise<void>): void {
    this.#work = this.#work.then(async () => {
      if (this.#isClosed) return;
      try {
        await work();
      } catch (error) {
        this.#about.emit({ type: 'failed', action: 'sync', service: '', error });
      }
    });
  }

  #isNeedless(rule: WatchRule): boolean {
    const service = this.#about.project.model.services[rule.service];
    if (!service || !isBound(rule, boundFiles(service))) return false;
    const text = `${rule.service}: ${this.#nameOf(rule.path)} is not watched: a bind mount has it at ${rule.target ?? ''} already`;
    this.#about.emit({ type: 'note', level: 'warning', text });
    return true;
  }

  /** The replicas that are there are not new; rules with `initial_sync` begin with a copy. */
  async #takeStock(): Promise<void> {
    for (const service of new Set(this.#rules.map((rule) => rule.service))) {
      for (const { id } of await this.#about.hands.replicas(service)) this.#known.add(id);
      const pairs = this.#rules.filter((rule) => rule.service === service).flatMap((rule) => this.#all(rule));
      if (pairs.length > 0) await this.#sync('initial sync', service, pairs);
    }
  }

  #all(rule: WatchRule): SyncPair[] {
    if (!rule.initialSync || !stepsOf(rule.action).includes('sync')) return [];
    const files = this.#tree?.filesBelow(rule.path) ?? [];
    return files.filter(rule.covers).flatMap((file) => pairOf(rule, file));
  }

  async #restore(replica: WatchedReplica): Promise<void> {
    const isNew = !this.#known.has(replica.id);
    this.#known.add(replica.id);
    const { service, name } = replica;
    await this.#step({ action: 'restore', service, files: [], isSilent: true }, async () => {
      const { changed, failures } = await this.#syncer.restore(replica);
      this.#tellFailures('restore', service, failures);
      return changed > 0 && isNew ? `${counted(changed, 'file')} put into ${name}, which is new` : undefined;
    });
  }

  async #handle(paths: ReadonlySet<string>): Promise<void> {
    const batches = batchesOf(this.#rules, paths);
    for (const batch of batches) await this.#rebuild(batch);
    for (const { service, syncs } of batches) if (syncs.length > 0) await this.#sync('sync', service, syncs);
    for (const { service, restart: files } of batches) {
      if (files.length === 0) continue;
      await this.#step({ action: 'restart', service, files }, async () => {
        await this.#about.hands.restart(service);
        return '';
      });
    }
    for (const { service, execs } of batches)
      for (const { exec, files } of execs) await this.#exec(service, exec, files);
  }

  async #rebuild({ service, rebuild: files }: ServiceBatch): Promise<void> {
    if (files.length === 0) return;
    const { hands, emit } = this.#about;
    await this.#step({ action: 'rebuild', service, files }, () =>
      hands.rebuild(service, (text) => emit({ type: 'output', service, text })),
    );
  }

  async #sync(action: WatchStep, service: string, pairs: readonly SyncPair[]): Promise<void> {
    const model = this.#about.project.model.services[service];
    const isThere = model ? boundFiles(model) : () => false;
    const wanted = pairs.filter((pair) => !isThere(pair));
    if (wanted.length === 0) return;
    await this.#step({ action, service, files: wanted.map(({ from }) => from) }, async () => {
      const { replicas, failures } = await this.#syncer.sync(service, wanted);
      this.#tellFailures(action, service, failures);
      const where = `→ ${commonFolder(wanted.map(({ to }) => to))}`;
      if (replicas === 0) return `${where}, when it runs`;
      return replicas === 1 ? where : `${where} of ${counted(replicas, 'replica')}`;
    });
  }

  async #exec(service: string, exec: WatchExec, files: readonly string[]): Promise<void> {
    const { hands, emit } = this.#about;
    await this.#step({ action: 'exec', service, files }, async () => {
      const codes: number[] = [];
      for (const { id } of await hands.replicas(service)) {
        codes.push(await hands.exec(id, exec, (text) => emit({ type: 'output', service, text })));
      }
      const failed = codes.find((code) => code !== 0);
      return exec.command.join(' ') + (failed === undefined ? '' : `, exit code ${failed}`);
    });
  }

  /** Does one thing and tells it; undefined as its text: there was nothing to tell. A failure ends nothing. */
  async #step(
    about: { action: WatchStep; service: string; files: readonly string[]; isSilent?: boolean },
    work: () => Promise<string | undefined>,
  ): Promise<void> {
    const { emit } = this.#about;
    const { action, service } = about;
    const startedAt = performance.now();
    if (!about.isSilent) emit({ type: 'begun', action, service });
    try {
      const text = await work();
      const files = innermost(about.files).map((file) => this.#nameOf(file));
      const durationMs = performance.now() - startedAt;
      if (text !== undefined) emit({ type: 'done', action, service, files, text, durationMs });
    } catch (error) {
      if (!this.#isClosed) emit({ type: 'failed', action, service, error });
    }
  }

  #tellFailures(action: WatchStep, service: string, failures: readonly string[]): void {
    for (const text of failures.slice(0, 5)) {
      this.#about.emit({ type: 'note', level: 'warning', text: `${action} ${service}: ${text}` });
    }
  }

  #nameOf(path: string): string {
    const name = relative(this.#about.project.workingDir, path);
    return name === '' || name.startsWith('..') ? path : name;
  }
}

/** Without the folders of which something else is named. */
function innermost(paths: readonly string[]): string[] {
  const folders = new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/'))));
  return paths.filter((path) => !folders.has(path));
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The path itself for one file, otherwise the folder that holds all. */
function commonFolder(paths: readonly string[]): string {
  const [first = '/', ...rest] = paths;
  let common = first.split('/');
  for (const path of rest) {
    const parts = path.split('/');
    common = common.slice(0, common.findIndex((part, index) => part !== parts[index]) >>> 0);
  }
  return common.join('/') || '/';
}
