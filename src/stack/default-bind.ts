import { isIpAddress } from '../compose/canonical/ip-address.ts';
import type { ComposeModel, Project, ServiceModel } from '../model/compose.ts';
import { ComposeError, UsageError } from '../model/errors.ts';
import { mapOf } from './values.ts';

/**
 * The project with the host address filled in where a published port names none: that of `BERTH_BIND`, else of the
 * file's `x-berth: {bind: 127.0.0.1}`. It becomes part of the services, so that a change of it recreates them.
 * @throws {ComposeError} COMPOSE_BIND_INVALID
 * @throws {UsageError} BIND_INVALID
 */
export function withDefaultBind(project: Project): Project {
  const address = fromEnvironment(project) ?? fromFile(project);
  if (address === undefined) return project;
  const services = Object.entries(project.model.services).map(
    ([name, service]) => [name, boundTo(address, service)] as const,
  );
  const model: ComposeModel = { ...project.model, services: Object.fromEntries(services) };
  return { ...project, model };
}

function fromEnvironment({ environment }: Project): string | undefined {
  const address = environment['BERTH_BIND'] ?? '';
  if (address === '' || isIpAddress(address)) return address || undefined;
  throw new UsageError('BIND_INVALID', `BERTH_BIND is no IP address: ${address}`, {
    hint: 'set it to an address of this machine, such as 127.0.0.1, or unset it',
  });
}

function fromFile(project: Project): string | undefined {
  const bind = mapOf(project.model['x-berth'])?.['bind'];
  if (bind === undefined || bind === null) return undefined;
  if (typeof bind === 'string' && isIpAddress(bind)) return bind;
  throw new ComposeError('COMPOSE_BIND_INVALID', `x-berth.bind is no IP address: ${JSON.stringify(bind)}`, {
    at: project.at(['x-berth', 'bind']),
    hint: 'give an address of this machine, such as 127.0.0.1',
  });
}

function boundTo(address: string, service: ServiceModel): ServiceModel {
  if (!service.ports) return service;
  return { ...service, ports: service.ports.map((port) => ({ ...port, host_ip: port.host_ip || address })) };
}
