import type { EngineClient } from '../client/client.ts';
import type { Project } from '../model/compose.ts';
import { providersOf } from '../plan/providers.ts';
import type { UpRequest } from '../plan/request.ts';
import type { CliContext } from './context.ts';
import { showPlan } from './run-plan.ts';

/** Asks the programs behind services with a `provider:`, and gives what they set to the services that need it. */
export async function providersFirst(
  context: CliContext,
  about: { client: EngineClient; project: Project; request: UpRequest },
): Promise<Project> {
  const { client, project, request } = about;
  if (providersOf(project).length === 0) return project;
  const { bringProviders } = await import('../stack/provider-stages.ts');
  const stack = { client, project, emit: () => undefined, signal: context.signal };
  return bringProviders(stack, request, (plan, work) => showPlan({ context, client, plan, carryOut: work }));
}
