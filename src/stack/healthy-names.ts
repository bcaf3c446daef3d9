import type { ComposeModel, Project, ServiceModel } from '../model/compose.ts';
import { ComposeError } from '../model/errors.ts';
import { mapOf } from './values.ts';

/**
 * The project with `x-berth: {dns: healthy}` of the file said of each attachment to a network: names lead to replicas
 * that are healthy while there is one. It becomes part of the services, so that a change of it recreates them.
 * @throws {ComposeError} COMPOSE_DNS_INVALID
 */
export function withHealthyNames(project: Project): Project {
  const dns = mapOf(project.model['x-berth'])?.['dns'];
  if (dns === undefined || dns === null || dns === 'all') return project;
  if (dns !== 'healthy') {
    throw new ComposeError(
      'COMPOSE_DNS_INVALID',
      `x-berth.dns is neither healthy nor all: ${JSON.stringify(dns)}`,
      {
        at: project.at(['x-berth', 'dns']),
        hint: 'healthy leaves replicas out of DNS answers while they are not healthy; all is as without it',
      },
    );
  }
  const services = Object.entries(project.model.services).map(
    ([name, service]) => [name, withOption(service)] as const,
  );
  const model: ComposeModel = { ...project.model, services: Object.fromEntries(services) };
  return { ...project, model };
}

/** The engine reads it as an option of the endpoint. */
const OPTION = { 'berth.dns': 'healthy' };

function withOption(service: ServiceModel): ServiceModel {
  if (!service.networks || service.network_mode !== undefined) return service;
  const networks = Object.entries(service.networks).map(
    ([name, settings]) =>
      [name, { ...settings, driver_opts: { ...settings?.driver_opts, ...OPTION } }] as const,
  );
  return { ...service, networks: Object.fromEntries(networks) };
}
