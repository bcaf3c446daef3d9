import type { Plan } from '../../model/plan.ts';

/** Temporary name, as a recreate gives it → the name that a person knows. */
export function finalNamesOf(plan: Plan): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { detail, resource } of plan.operations) {
    if (detail.kind === 'rename-container') names.set(resource.name, detail.to);
  }
  return names;
}
