import * as mistakes from '../errors.ts';
import type { Mark } from '../text/source-text.ts';
import { child, textOf } from '../tree/node.ts';
import type { ServiceCheck } from './consistency.ts';

/** Two mounts can't stand at the same place in a container. */
export function checkMounts({ name, service, diagnostics }: ServiceCheck): void {
  const taken = new Map<string, string>();
  const take = (target: string, { place, mark }: { place: string; mark: Mark }): void => {
    const holder = taken.get(target);
    if (holder === undefined) {
      taken.set(target, place);
      return;
    }
    const message = `${place}: target ${target} already mounted as ${holder}`;
    diagnostics.report(
      mistakes.conflict({ message, mark, hint: 'give each mount a target of its own, or remove one' }),
    );
  };
  const tmpfs = child(service, 'tmpfs');
  for (const [index, item] of (tmpfs?.kind === 'sequence' ? tmpfs.items : []).entries()) {
    const target = textOf(item)?.split(':', 1)[0];
    if (target) take(target, { place: `services.${name}.tmpfs[${String(index)}]`, mark: item.mark });
  }
  const volumes = child(service, 'volumes');
  for (const [index, item] of (volumes?.kind === 'sequence' ? volumes.items : []).entries()) {
    const target = textOf(item, 'target');
    const mark = child(item, 'target')?.mark ?? item.mark;
    if (target) take(target, { place: `services.${name}.volumes[${String(index)}]`, mark });
  }
}
