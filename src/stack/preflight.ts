import { EngineError } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import type { StackContext } from './context.ts';
import { explainFailure } from './explain.ts';

/**
 * Asks the engine what would keep the plan from being done, so that a busy port or a missing runtime shows before
 * anything is made. A plain Docker Engine has no such question: there it shows on the way.
 * @throws {EngineError} the first problem, the others within it
 */
export async function preflight({ client, project }: StackContext, plan: Plan): Promise<void> {
  const problems = (await client.berth?.preflight(plan.operations)) ?? [];
  const nothingDone = { done: [], failures: [], skipped: plan.operations };
  const errors = problems.flatMap(({ id, error }) => {
    const operation = plan.operations.find((candidate) => candidate.id === id);
    return operation ? explainFailure(project, { operation, error }, nothingDone) : [error];
  });
  const [first, ...others] = errors;
  if (!first) return;
  const { code, message, hint, cause } = first;
  const notes = [...first.notes, 'nothing was started'];
  const status = first instanceof EngineError ? first.status : 500;
  throw new EngineError(status, code, message, { hint, notes, cause, others: [...first.others, ...others] });
}
