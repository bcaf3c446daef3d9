import type { Action, ActionHandlers, ActionKind, DescribedStep, Step } from '../model/action.ts';
import type { StepEvent } from '../model/progress.ts';
import type { Faults } from './faults.ts';

/** Which operation the steps belong to. */
export interface OperationName {
  readonly operation: StepEvent['operation'];
  readonly object: StepEvent['object'];
  readonly name: string;
}

/** What the executor needs: how to do things, whom to tell, and where a test wants it to die. */
export interface ExecutorContext {
  readonly handlers: ActionHandlers<ActionKind>;
  readonly tell: (event: StepEvent) => void;
  readonly faults: Faults;
}

/** Does the steps in order. When one fails, those done and those beside it are taken back in reverse, and its error is thrown. */
export async function runSteps(
  context: ExecutorContext,
  of: OperationName,
  steps: readonly Step[],
): Promise<void> {
  const done: Step[] = [];
  for (const group of grouped(steps)) {
    const failures = await runGroup(context, of, group);
    done.push(...group);
    if (failures.length === 0) continue;
    await undoSteps(context, of, done);
    throw failures[0];
  }
}

/** Does every step, whatever fails, and returns the failures: the way things are taken down. */
export async function runAllSteps(
  context: ExecutorContext,
  of: OperationName,
  steps: readonly Step[],
): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  for (const group of grouped(steps)) failures.push(...(await runGroup(context, of, group)));
  return failures;
}

/** The steps as commands. Pure. */
export function describeSteps(
  handlers: ActionHandlers<ActionKind>,
  of: OperationName,
  steps: readonly Step[],
): DescribedStep[] {
  return steps.map((step) => ({
    id: qualifiedId(of, step),
    title: step.title,
    command: describeAction(handlers, step.action),
    undo: step.undo ? describeAction(handlers, step.undo) : '',
  }));
}

/** Steps that are done at the same time, together. */
function grouped(steps: readonly Step[]): Step[][] {
  const groups: Step[][] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    if (step.alongside && last) last.push(step);
    else groups.push([step]);
  }
  return groups;
}

/** Resolves when all have ended, with the failures. */
async function runGroup(
  context: ExecutorContext,
  of: OperationName,
  group: readonly Step[],
): Promise<readonly unknown[]> {
  const results = await Promise.allSettled(group.map((step) => runStep(context, of, step)));
  return results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
}

async function runStep(context: ExecutorContext, of: OperationName, step: Step): Promise<void> {
  const id = qualifiedId(of, step);
  const base = { type: 'step', ...of, step: step.id, title: step.title } as const;
  context.tell({ ...base, status: 'started' });
  context.faults.before(id);
  const began = performance.now();
  try {
    await perform(context.handlers, step.action);
  } catch (error) {
    context.tell({
      ...base,
      status: 'failed',
      error: error instanceof Error ? error.message : String(error),
    });
    throw error;
  }
  context.faults.after(id);
  context.tell({ ...base, status: 'done', durationMs: performance.now() - began });
}

/** The failed step is undone too: it may have got half-way, and inverses tolerate absence. */
async function undoSteps(context: ExecutorContext, of: OperationName, steps: readonly Step[]): Promise<void> {
  for (const step of steps.toReversed()) {
    if (!step.undo) continue;
    try {
      await perform(context.handlers, step.undo);
      context.tell({ type: 'step', ...of, step: step.id, title: step.title, status: 'undone' });
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      context.tell({ type: 'step', ...of, step: step.id, title: step.title, status: 'failed', error: text });
    }
  }
}

/** `start container shop-web-1/veth eth0`: the name of a step over the whole host. */
function qualifiedId(of: OperationName, step: Step): string {
  return `${of.operation} ${of.object} ${of.name}/${step.id}`;
}

function perform<K extends ActionKind>(handlers: ActionHandlers<K>, action: Action): void | Promise<void> {
  const handler = handlers[action.kind as K];
  return handler.perform(action as never);
}

function describeAction<K extends ActionKind>(handlers: ActionHandlers<K>, action: Action): string {
  const handler = handlers[action.kind as K];
  return handler.describe(action as never);
}
