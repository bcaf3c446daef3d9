import type { Plan } from '../model/plan.ts';
import { isRunning } from '../plan/observed.ts';
import { planStop } from '../plan/plan-stop.ts';
import type { NamedContext } from './context.ts';
import { carryOutTeardown } from './down.ts';
import { observe } from './observe.ts';

export interface StopOptions {
  /** Empty: all. */
  readonly services: readonly string[];
  readonly timeoutSeconds?: number | undefined;
}

/** Stops services, dependents first; containers stay. */
export async function stop(context: NamedContext, options: StopOptions): Promise<Plan> {
  const { client, projectName, project } = context;
  const observed = await observe(client, { projectName });
  const plan = planStop({ projectName, project, observed, ...options });
  await carryOutTeardown(context, plan);
  return plan;
}

/** Ends services at once, all together. */
export async function kill(context: NamedContext, services: readonly string[]): Promise<void> {
  const { client, projectName } = context;
  const { containers } = await observe(client, { projectName });
  const running = containers.filter(
    (container) =>
      isRunning(container) &&
      (services.length === 0 || services.includes(container.labels['com.docker.compose.service'] ?? '')),
  );
  await Promise.allSettled(running.map(({ id }) => client.getContainer(id).kill({ signal: 'SIGKILL' })));
}
