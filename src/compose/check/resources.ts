import * as mistakes from '../errors.ts';
import { child } from '../tree/node.ts';
import type { Node } from '../tree/node.ts';
import type { ServiceCheck } from './consistency.ts';

/** An attribute of the service, and where `deploy` says the same. */
const PAIRS = [
  { own: 'cpus', group: 'limits', key: 'cpus' },
  { own: 'mem_limit', group: 'limits', key: 'memory' },
  { own: 'mem_reservation', group: 'reservations', key: 'memory' },
  { own: 'pids_limit', group: 'limits', key: 'pids' },
] as const;

/** A limit that is written in both places is the same in both; where `deploy` has limits, it has them all. */
export function checkResources({ name, service, diagnostics }: ServiceCheck): void {
  const resources = child(child(service, 'deploy'), 'resources');
  for (const { own, group, key } of PAIRS) {
    const limit = child(service, own);
    const limits = child(resources, group);
    if (limit === undefined || limits === undefined || numberOf(limit) === 0) continue;
    if (numberOf(limit) === numberOf(child(limits, key))) continue;
    diagnostics.report(
      mistakes.conflict({
        message: `services.${name}: can't set distinct values on '${own}' and 'deploy.resources.${group}.${key}'`,
        mark: limit.mark,
        hint: `move \`${own}\` to deploy.resources.${group}.${key}: where that group exists, it decides alone`,
      }),
    );
  }
}

function numberOf(node: Node | undefined): number {
  return node?.kind === 'scalar' ? Number(node.value) : 0;
}
