import { dependencyGraph } from '../plan/dependencies.ts';
import type { Project } from '../model/compose.ts';
import type { ContainerEvents } from './container-events.ts';
import type { EngineClientLike } from './engine-client.ts';
import { ps, type Replica } from './ps.ts';

/** Which end of a container ends the stack: any, any but those of one-shots that are done, or a failure. */
export type AbortOn = 'exit' | 'exit of a service' | 'failure';

/**
 * Resolves with the first replica whose end counts. For 'exit of a service' a one-shot that did what others wait for
 * has not ended anything. Stays pending when there is no such end.
 */
export async function firstEnd(
  client: EngineClientLike,
  about: {
    project: Project;
    services: readonly string[];
    events: ContainerEvents;
    abortOn: AbortOn;
    /** The service whose exit code is wanted: its own end counts, one-shot or not. */
    from?: string | undefined;
  },
): Promise<Replica> {
  const { project, services, events, abortOn } = about;
  const awaited = awaitedServices(project);
  const counts = (replica: Replica) =>
    replica.state === 'exited' &&
    !replica.oneOff &&
    (replica.exitCode !== 0 ||
      abortOn === 'exit' ||
      (abortOn === 'exit of a service' && (replica.service === about.from || !awaited.has(replica.service))));
  const find = async () => {
    const replicas = await ps(client, { projectName: project.name, services, all: true });
    return replicas.find(counts);
  };
  return new Promise((resolve, reject) => {
    const look = () => {
      find().then((found) => {
        if (found) resolve(found);
      }, reject);
    };
    events
      .listen(({ action }) => {
        if (action === 'die') look();
      })
      .then(look, reject);
  });
}

function awaitedServices(project: Project): Set<string> {
  const dependencies = [...dependencyGraph(project.model).values()].flatMap((each) => Object.entries(each));
  return new Set(
    dependencies
      .filter(([, { condition }]) => condition === 'service_completed_successfully')
      .map(([name]) => name),
  );
}
