import { realPathOf } from '../host/text-files.ts';
import type { ServiceModel } from '../model/compose.ts';
import type { SyncPair } from './batch.ts';
import type { WatchRule } from './rules.ts';

/** Whether a file is in the container anyway, because the folder that holds it is mounted there. */
export function boundFiles(service: ServiceModel): (pair: SyncPair) => boolean {
  const binds = (service.volumes ?? []).flatMap(({ type, source, target }) => {
    return type === 'bind' && source !== undefined ? [{ source: realPathOf(source), target }] : [];
  });
  return ({ from, to }) =>
    binds.some(({ source, target }) => {
      const inside = to === target ? '' : to.startsWith(`${target}/`) ? to.slice(target.length) : undefined;
      return inside !== undefined && from === source + inside;
    });
}

/** Whether a bind mount makes the whole rule needless. */
export function isBound(rule: WatchRule, isBoundFile: (pair: SyncPair) => boolean): boolean {
  return rule.target !== undefined && isBoundFile({ from: rule.path, to: rule.target });
}
