import type { Plan } from '../model/plan.ts';
import { isRunning } from '../plan/observed.ts';
import { planStop } from '../plan/plan-stop.ts';
import { isOneOff, serviceOf } from '../plan/labels.ts';
import type { NamedContext } from './context.ts';
import { carryOutTeardown } from './down.ts';
import { statusOf, type EngineClientLike } from './engine-client.ts';
import { observe } from './observe.ts';

export interface StopOptions {
  /** Empty: all. */
  readonly services: readonly string[];
  readonly timeoutSeconds?: number | undefined;
}

/** What `stop` would do; `carryOutTeardown` does it. */
export async function planForStop(context: NamedContext, options: StopOptions): Promise<Plan> {
  const { client, projectName, project } = context;
  const observed = await observe(client, { projectName });
  return planStop({ projectName, project, observed, ...options });
}

/** Stops services, dependents first; containers stay. */
export async function stop(context: NamedContext, options: StopOptions): Promise<Plan> {
  const plan = await planForStop(context, options);
  await carryOutTeardown(context, plan);
  return plan;
}

export interface KillOptions {
  /** Empty: all. */
  readonly services: readonly string[];
  /** SIGKILL unless it says otherwise: it ends everything at once. */
  readonly signal?: string | undefined;
  /** Containers of services that are not in the files, too. */
  readonly withOrphans?: boolean;
  readonly dryRun?: boolean;
}

/** Sends a signal to everything that runs of the services, all together. Resolves with the containers' names. */
export async function kill(context: NamedContext, options: KillOptions): Promise<string[]> {
  const { client, projectName, project } = context;
  const { services, signal = 'SIGKILL', withOrphans = true, dryRun = false } = options;
  const known = project && [...Object.keys(project.model.services), ...project.disabledServices];
  const { containers } = await observe(client, { projectName });
  const running = containers.filter(
    (container) =>
      isRunning(container) &&
      !isOneOff(container) &&
      (services.length === 0
        ? withOrphans || (known?.includes(serviceOf(container)) ?? true)
        : services.includes(serviceOf(container))),
  );
  if (!dryRun) await Promise.all(running.map(({ id }) => sendSignal(client, id, signal)));
  return running.map(({ name }) => name);
}

/** What has ended meanwhile needs no signal. */
async function sendSignal(client: EngineClientLike, id: string, signal: string): Promise<void> {
  try {
    await client.getContainer(id).kill({ signal });
  } catch (error) {
    if (![404, 409].includes(statusOf(error))) throw error;
  }
}
