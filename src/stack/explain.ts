import type { Project } from '../model/compose.ts';
import { BerthError, EngineError, ServiceError } from '../model/errors.ts';
import type { SourceRange } from '../model/source.ts';
import { formatRange } from '../model/source.ts';
import type { Execution, Failure } from './execute.ts';

/** Adds to a failure what only the project knows: which service wanted it, where that is written, what was left undone. */
export function explainFailure(
  project: Project,
  failure: Failure,
  execution: Execution & { readonly withdrawn?: ReadonlySet<string> },
): BerthError[] {
  const { error, operation } = failure;
  if (!(error instanceof BerthError)) return [];
  if (error instanceof ServiceError) {
    const explained = withConsequences(error, execution);
    const isWithdrawn = execution.withdrawn?.has(operation.resource.name) === true;
    return [isWithdrawn ? asWithdrawn(explained, operation.resource.key) : explained];
  }
  const service = operation.resource.key;
  const at =
    mountPosition(project, service, error) ??
    positionFor(project, operation.resource.kind, service, error.code);
  const words = {
    container: 'service',
    network: 'network',
    volume: 'volume',
    image: 'service',
    provider: 'service',
  };
  const place = at ? `, ${formatRange(at, project.workingDir)}` : '';
  const notes = [...error.notes, `wanted by: ${words[operation.resource.kind]} ${service}${place}`];
  const details = {
    at: error.at,
    frame: error.frame,
    hint: error.hint,
    notes,
    cause: error,
    others: error.others,
  };
  const status = error instanceof EngineError ? error.status : 500;
  return [new EngineError(status, error.code, error.message, details)];
}

function withConsequences(error: ServiceError, execution: Execution): ServiceError {
  const skipped = execution.skipped.filter(({ detail }) => detail.kind === 'start-container');
  const services = [...new Set(skipped.map(({ resource }) => resource.key))];
  if (services.length === 0) return error;
  const last = services.at(-1) ?? '';
  const names = services.length === 1 ? last : `${services.slice(0, -1).join(', ')} and ${last}`;
  const note = `${names} ${services.length === 1 ? 'was' : 'were'} not started`;
  const { code, at, hint, notes, logTail, others } = error;
  const message = `dependency failed to start: ${error.message}`;
  return new ServiceError(code, message, { at, hint, logTail, others, notes: [...notes, note] });
}

/** The one that it was to replace goes on, and it is not there to be looked at. */
function asWithdrawn(error: ServiceError, service: string): ServiceError {
  const { code, message, at, notes, logTail, others } = error;
  const hint = `${service} goes on in the container it had; mend the file and run \`berth up\` again`;
  return new ServiceError(code, message, { at, hint, notes, logTail, others });
}

/** Which of its volumes a refusal speaks of: its target stands in the message. */
function mountPosition(project: Project, service: string, error: BerthError): SourceRange | undefined {
  if (!error.code.startsWith('MOUNT_')) return undefined;
  const words = error.message.split(/[\s,:]+/);
  const volumes = project.model.services[service]?.volumes ?? [];
  const index = volumes.findIndex(
    ({ target, source }) => words.includes(target) || (source !== undefined && words.includes(source)),
  );
  return index < 0 ? undefined : project.at(['services', service, 'volumes', index]);
}

/** The key that an engine's refusal is most likely about. */
function positionFor(project: Project, kind: string, key: string, code: string): SourceRange | undefined {
  if (kind === 'network') return project.at(['networks', key]);
  if (kind === 'volume') return project.at(['volumes', key]);
  const isAboutImage = kind === 'image' || code.startsWith('IMAGE_') || code.startsWith('REGISTRY_');
  const field = code.startsWith('PORT_') ? 'ports' : isAboutImage ? 'image' : undefined;
  const path = ['services', key];
  return (field === undefined ? undefined : project.at([...path, field])) ?? project.at(path);
}
