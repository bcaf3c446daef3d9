import type { EngineClient } from '../client/client.ts';
import type { Project } from '../model/compose.ts';
import type { UpRequest } from '../plan/request.ts';
import { planBuildsFirst } from '../stack/build.ts';
import { carryOut } from '../stack/up.ts';
import type { CliContext } from './context.ts';
import { showPlan } from './run-plan.ts';

/** Builds what is built on every run: with `--build`, and under `pull_policy: build`. */
export async function buildFirst(about: {
  context: CliContext;
  client: EngineClient;
  project: Project;
  request: UpRequest;
  /** Leave out what the builds say. */
  quiet?: boolean | undefined;
}): Promise<void> {
  const { context, client, project, request, quiet } = about;
  const silent = { client, project, emit: () => undefined, signal: context.signal };
  const plan = await planBuildsFirst(silent, request);
  if (!plan) return;
  await showPlan({
    context,
    client,
    plan,
    quietBuilds: quiet,
    carryOut: (emit) => carryOut({ ...silent, emit }, plan, undefined),
  });
}
