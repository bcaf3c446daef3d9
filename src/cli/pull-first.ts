import type { EngineClient } from '../client/client.ts';
import type { Project } from '../model/compose.ts';
import type { UpRequest } from '../plan/request.ts';
import { carryOutPulls, planPullsFirst } from '../stack/pull.ts';
import type { CliContext } from './context.ts';
import { showPlan } from './run-plan.ts';

/** Fetches images that are here and are to be newer, before anybody looks at what runs them. */
export async function pullFirst(
  context: CliContext,
  about: { client: EngineClient; project: Project; request: UpRequest; quiet: boolean | undefined },
): Promise<void> {
  const { client, project, request, quiet } = about;
  const stack = { client, project, signal: context.signal };
  const plan = await planPullsFirst({ ...stack, emit: () => undefined }, request);
  if (!plan || context.globals.dryRun) return;
  await showPlan({
    context,
    client,
    plan,
    quietTransfers: quiet,
    carryOut: (emit) => carryOutPulls({ ...stack, emit }, plan, { ignoreFailures: false }),
  });
}
