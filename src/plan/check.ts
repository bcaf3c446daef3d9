import type { Project } from '../model/compose.ts';
import { namespaceParents, volumeDonors } from './dependencies.ts';
import { donorMissing, nameUsedTwice, startPeriodMissing } from './errors.ts';
import { isOneOff, serviceOf } from './labels.ts';
import { replicasOf } from './names.ts';
import type { UpInput } from './request.ts';

/** @throws {ComposeError} CONTAINER_NAME_TWICE when two of the services want the same `container_name` */
export function checkNames(project: Project, services: readonly string[]): void {
  const owners = new Map<string, string>();
  for (const service of services) {
    const model = project.model.services[service] ?? {};
    const name = model.container_name;
    if (name === undefined || replicasOf(model) === 0) continue;
    const other = owners.get(name);
    if (other !== undefined) throw nameUsedTwice({ project, service, other, name });
    owners.set(name, service);
  }
}

/** @throws {ComposeError} COMPOSE_MISSING_KEY for a `start_interval` without the period that it is an interval of */
export function checkHealth(project: Project, services: readonly string[]): void {
  for (const service of services) {
    const check = project.model.services[service]?.healthcheck;
    const isMissing = check?.start_interval !== undefined && check.start_period === undefined;
    if (isMissing && !check.disable) throw startPeriodMissing(project, service);
  }
}

/**
 * What a service shares a namespace or volumes with has to be there, when it is not part of the run.
 * @throws {UsageError} DONOR_MISSING
 */
export function checkDonors(input: UpInput, services: readonly string[]): void {
  const { project, observed } = input;
  const there = new Set(observed.containers.filter((one) => !isOneOff(one)).map(serviceOf));
  const isMissing = (donor: string) => !services.includes(donor) && !there.has(donor);
  for (const service of services) {
    const model = project.model.services[service] ?? {};
    for (const [what, donors] of [
      ...namespaceParents(model).map(({ kind, service: donor }) => [`${kind} namespace`, [donor]] as const),
      ['volume', volumeDonors(model)] as const,
    ]) {
      const donor = donors.find(isMissing);
      if (donor !== undefined) throw donorMissing({ service, donor, what });
    }
  }
}
