import { stepsOf, type WatchStep } from './events.ts';
import type { WatchExec, WatchRule } from './rules.ts';

/** What a set of changed paths asks for, service by service. */
export interface ServiceBatch {
  readonly service: string;
  readonly rebuild: readonly string[];
  readonly syncs: readonly SyncPair[];
  readonly restart: readonly string[];
  /** Once for each rule, however many files. */
  readonly execs: readonly { readonly exec: WatchExec; readonly files: readonly string[] }[];
}

/** A path of the machine and its place in the containers of a service. */
export interface SyncPair {
  readonly from: string;
  readonly to: string;
}

/** Which services have to do something about the changed paths, and what. Pure. */
export function batchesOf(rules: readonly WatchRule[], changed: Iterable<string>): ServiceBatch[] {
  const paths = [...changed];
  const services = [...new Set(rules.map(({ service }) => service))];
  const touched = services.map((service) => {
    const hits = rules
      .filter((rule) => rule.service === service)
      .map((rule) => ({ rule, files: paths.filter(rule.covers) }))
      .filter(({ files }) => files.length > 0);
    return batchOf(service, hits);
  });
  return touched.filter(
    ({ rebuild, syncs, restart, execs }) => rebuild.length + syncs.length + restart.length + execs.length > 0,
  );
}

interface Hit {
  readonly rule: WatchRule;
  readonly files: readonly string[];
}

function batchOf(service: string, hits: readonly Hit[]): ServiceBatch {
  const doing = (step: WatchStep) => hits.filter(({ rule }) => stepsOf(rule.action).includes(step));
  const filesOf = (some: readonly Hit[]) => [...new Set(some.flatMap(({ files }) => files))];
  const pairs = doing('sync').flatMap(({ rule, files }) => files.flatMap((from) => pairOf(rule, from)));
  return {
    service,
    rebuild: filesOf(doing('rebuild')),
    syncs: [...new Map(pairs.map((pair) => [pair.to, pair])).values()],
    restart: filesOf(doing('restart')),
    execs: doing('exec').flatMap(({ rule: { exec }, files }) => (exec ? [{ exec, files }] : [])),
  };
}

export function pairOf(rule: WatchRule, from: string): SyncPair[] {
  if (rule.target === undefined) return [];
  const name = from.slice(rule.path.length);
  return [{ from, to: rule.target === '/' && name !== '' ? name : rule.target + name }];
}
