import type { EngineClient } from '../../client/client.ts';
import type { DescribedStep } from '../../model/action.ts';
import type { Operation, Plan } from '../../model/plan.ts';
import { formatPlan, operationText } from '../../plan/format.ts';

/** How a plan is to be shown. */
export interface PlanTextFlags {
  /** The host steps of every operation, or of one resource. */
  readonly steps?: true | string;
  /** Operations and steps as JSON. */
  readonly json?: boolean;
}

type Steps = ReadonlyMap<number, readonly DescribedStep[]>;

/** A plan as text: the changes, the host steps, or all of it as JSON. Asks the engine only for steps. */
export async function planText(client: EngineClient, plan: Plan, flags: PlanTextFlags): Promise<string> {
  if (!flags.json && flags.steps === undefined) return formatPlan(plan, { base: process.cwd() });
  const expanded = await client.own.expand(plan.operations);
  const steps = new Map(expanded.map((operation) => [operation.id, operation.steps]));
  if (flags.json) return asJson(plan, steps);
  return stepsText(plan, steps, flags.steps ?? true) || formatPlan(plan, { base: process.cwd() });
}

function asJson(made: Plan, steps: Steps): string {
  const operations = made.operations.map((operation) => ({
    ...operation,
    steps: steps.get(operation.id) ?? [],
  }));
  return JSON.stringify({ ...made, operations }, undefined, 2) + '\n';
}

function stepsText(made: Plan, steps: Steps, only: string | true): string {
  const operations = made.operations.filter(({ resource }) => only === true || isNamed(resource, only));
  return operations.map((operation) => operationSteps(operation, steps.get(operation.id) ?? [])).join('');
}

function isNamed(resource: Operation['resource'], name: string): boolean {
  return resource.name === name || resource.key === name || `${resource.kind} ${resource.name}` === name;
}

function operationSteps(operation: Operation, steps: readonly DescribedStep[]): string {
  const lines = [`${operation.id}  ${operationText(operation)}   ${operation.cause.text}`];
  steps.forEach((step, index) => {
    lines.push(`  ${operation.id}.${index + 1}  ${step.title}`);
    for (const line of step.command.split('\n')) lines.push(`       ${line}`);
    if (step.undo !== '') lines.push(`       undo: ${step.undo.split('\n').join('\n             ')}`);
  });
  return lines.map((line) => line + '\n').join('');
}
