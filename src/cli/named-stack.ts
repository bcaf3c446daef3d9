import type { EngineClient } from '../client/client.ts';
import type { Project } from '../model/compose.ts';
import type { Plan } from '../model/plan.ts';
import type { ProgressEvent } from '../model/progress.ts';
import { unknownService } from '../plan/errors.ts';
import { label } from '../plan/labels.ts';
import type { CliContext } from './context.ts';
import { engineFor } from './engine.ts';
import { planText } from './output/plan-text.ts';
import { projectOrName } from './project.ts';
import { showPlan } from './run-plan.ts';

/** A stack by its files, or by its name alone. */
export interface NamedStack {
  readonly client: EngineClient;
  readonly project: Project | undefined;
  readonly projectName: string;
  readonly emit: (event: ProgressEvent) => void;
  readonly signal: AbortSignal;
}

/**
 * The stack that the global options name, for verbs about what exists.
 * @throws {UsageError} SERVICE_UNKNOWN for a service that neither the files nor any container know
 */
export async function namedStack(context: CliContext, services: readonly string[]): Promise<NamedStack> {
  const { project, projectName } = await projectOrName(context, services);
  const client = await engineFor(context);
  await checkServices({ client, project, projectName }, services);
  return { client, project, projectName, emit: () => undefined, signal: context.signal };
}

async function checkServices(
  stack: Pick<NamedStack, 'client' | 'project' | 'projectName'>,
  services: readonly string[],
): Promise<void> {
  const { client, project, projectName } = stack;
  const unknown = services.filter((name) => !project || !(name in project.model.services));
  if (!project || unknown.length === 0) return;
  const filters = { label: [`${label.project}=${projectName}`] };
  const containers = await client.listContainers({ all: true, filters });
  const existing = new Set(containers.map(({ Labels }) => Labels[label.service]));
  const [first] = unknown.filter((name) => !existing.has(name));
  if (first !== undefined) throw unknownService(project, first);
}

/** Shows a plan while it is carried out; with `--dry-run`, only shows it. */
export async function runOrShow(
  context: CliContext,
  about: {
    stack: NamedStack;
    plan: Plan;
    nothingToDo: string;
    carryOut: (stack: NamedStack, plan: Plan) => Promise<void>;
  },
): Promise<void> {
  const { stack, plan, nothingToDo, carryOut } = about;
  if (context.globals.dryRun) {
    context.out.write(await planText(stack.client, plan, {}));
    return;
  }
  if (plan.changes.length === 0) {
    context.err.line(`${context.err.colours.warning('warning:')} ${nothingToDo}`);
    return;
  }
  await showPlan({
    context,
    client: stack.client,
    plan,
    carryOut: (emit) => carryOut({ ...stack, emit }, plan),
  });
}
