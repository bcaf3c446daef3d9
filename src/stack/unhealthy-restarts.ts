import type { Project } from '../model/compose.ts';
import { ComposeError } from '../model/errors.ts';

/** The engine restarts a container with this label when its health check has failed for good. */
const LABEL = { 'berth.restart-on-unhealthy': 'true' };
const KEY = 'x-restart-on-unhealthy';

/**
 * The project with what `x-restart-on-unhealthy: true` of a service asks for said of its containers.
 * @throws {ComposeError} COMPOSE_RESTART_INVALID
 */
export function withUnhealthyRestarts(project: Project): Project {
  const services = Object.entries(project.model.services).map(([name, service]) => {
    const isWanted = service[KEY];
    if (isWanted === undefined || isWanted === null || isWanted === false) return [name, service] as const;
    if (isWanted !== true) throw notBoolean(project, name, isWanted);
    return [name, { ...service, labels: { ...service.labels, ...LABEL } }] as const;
  });
  return { ...project, model: { ...project.model, services: Object.fromEntries(services) } };
}

function notBoolean(project: Project, service: string, value: unknown): ComposeError {
  const text = `service "${service}": ${KEY} is neither true nor false: ${JSON.stringify(value)}`;
  return new ComposeError('COMPOSE_RESTART_INVALID', text, {
    at: project.at(['services', service, KEY]),
    hint: 'true restarts a container that is unhealthy, with the delays of a restart policy',
  });
}
