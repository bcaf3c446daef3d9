import type { Plan } from '../model/plan.ts';
import { planRemove, type RemoveInput } from '../plan/plan-remove.ts';
import type { NamedContext } from './context.ts';
import { observe } from './observe.ts';

/** What `rm` would do; `carryOutTeardown` does it. */
export async function planForRemove(
  context: NamedContext,
  request: Omit<RemoveInput, 'projectName' | 'project' | 'observed'>,
): Promise<Plan> {
  const { client, projectName, project } = context;
  const observed = await observe(client, { projectName });
  return planRemove({ projectName, project, observed, ...request });
}
