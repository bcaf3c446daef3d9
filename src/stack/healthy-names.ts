import type { ComposeModel, Project, ServiceModel } from '../model/compose.ts';
import { ComposeError } from '../model/errors.ts';
import { handoverOf } from '../plan/handovers.ts';
import { mapOf } from './values.ts';

/**
 * The project with `x-berth: {dns: healthy}` of the file said of each attachment to a network: names lead to replicas
 * that are healthy while there is one. So do those of a service whose successors start first. It becomes part of the
 * services, so that a change of it recreates them.
 * @throws {ComposeError} COMPOSE_DNS_INVALID
 */
export function withHealthyNames(project: Project): Project {
  const dns = mapOf(project.model['x-berth'])?.['dns'];
  const isForAll = dns === 'healthy';
  if (!isForAll && ![undefined, null, 'all'].includes(dns as undefined)) {
    throw new ComposeError(
      'COMPOSE_DNS_INVALID',
      `x-berth.dns is neither healthy nor all: ${JSON.stringify(dns)}`,
      {
        at: project.at(['x-berth', 'dns']),
        hint: 'healthy leaves replicas out of DNS answers while they are not healthy; all is as without it',
      },
    );
  }
  if (!isForAll && !Object.values(project.model.services).some(startsFirst)) return project;
  const services = Object.entries(project.model.services).map(
    ([name, service]) => [name, isForAll || startsFirst(service) ? withOption(service) : service] as const,
  );
  const model: ComposeModel = { ...project.model, services: Object.fromEntries(services) };
  return { ...project, model };
}

/** The engine reads it as an option of the endpoint. */
const OPTION = { 'berth.dns': 'healthy' };

function startsFirst(service: ServiceModel): boolean {
  return handoverOf(service)?.order === 'start-first' && service.healthcheck !== undefined;
}

function withOption(service: ServiceModel): ServiceModel {
  if (!service.networks || service.network_mode !== undefined) return service;
  const networks = Object.entries(service.networks).map(
    ([name, settings]) =>
      [name, { ...settings, driver_opts: { ...settings?.driver_opts, ...OPTION } }] as const,
  );
  return { ...service, networks: Object.fromEntries(networks) };
}
