import type { Diagnostics } from '../diagnostics.ts';
import { child } from '../tree/node.ts';
import type { MapNode, Node } from '../tree/node.ts';
import { checkCycles } from './cycles.ts';
import { checkMounts } from './mounts.ts';
import { checkReferences } from './references.ts';
import { checkResources } from './resources.ts';
import { checkServiceAttributes } from './service-attributes.ts';
import { checkSecrets, checkSelection } from './top-level.ts';

/** What the checks see. */
export interface CheckContext {
  /** The model with only the services that are switched on. */
  readonly model: MapNode;
  /** Services that profiles leave out. */
  readonly disabled: ReadonlyMap<string, Node>;
  /** Services named on the command line. */
  readonly wanted: readonly string[];
  readonly diagnostics: Diagnostics;
}

/** One service under check. */
export interface ServiceCheck extends CheckContext {
  readonly name: string;
  readonly service: MapNode;
}

/** The checks that each service passes, in the order in which their messages stand for one place. */
const serviceChecks: readonly ((check: ServiceCheck) => void)[] = [
  checkServiceAttributes,
  checkReferences,
  checkResources,
  checkMounts,
];

/** Reports what does not fit together: references to nothing, attributes that exclude each other, cycles. */
export function checkConsistency(context: CheckContext): void {
  checkSelection(context);
  const services = child(context.model, 'services');
  if (services?.kind === 'map') {
    for (const [name, { value }] of services.entries) {
      if (value.kind !== 'map') continue;
      for (const check of serviceChecks) check({ ...context, name, service: value });
    }
    checkCycles(services, context.diagnostics);
  }
  checkSecrets(context);
}
