import { Command } from 'commander';
import type { DescribedStep } from '../../model/action.ts';
import type { Operation, Plan } from '../../model/plan.ts';
import { formatPlan, isEmptyPlan, operationText } from '../../plan/format.ts';
import { planForUp } from '../../stack/up.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { engineFor } from '../engine.ts';
import { examples } from '../overview.ts';
import { projectFor } from '../project.ts';
import { scales } from '../values.ts';

interface PlanFlags {
  readonly steps?: true | string;
  readonly json?: boolean;
  readonly exitCode?: boolean;
  readonly forceRecreate?: boolean;
  readonly removeOrphans?: boolean;
  readonly deps: boolean;
  readonly scale?: Readonly<Record<string, number>>;
}

type Steps = ReadonlyMap<number, readonly DescribedStep[]>;

export function planCommand(): Command {
  return new Command('plan')
    .description('show what `up` would change, and why; nothing is changed')
    .argument('[services...]', 'only these, and what they depend on')
    .option('--steps [resource]', 'the host steps of every operation, or of one resource')
    .option('--json', 'the plan with its operations and their steps')
    .option('--exit-code', 'exit with 2 when there is something to do')
    .option('--force-recreate', 'as with `up`')
    .option('--remove-orphans', 'as with `up`')
    .option('--no-deps', 'as with `up`')
    .option('--scale <service=n>', 'as with `up`', scales)
    .addHelpText(
      'before',
      examples([
        'berth plan                      what would change, and why',
        'berth plan --steps              the commands that would run',
        'berth plan --steps=shop-web-1   those of one container',
        'berth plan --exit-code          for scripts: 2 when something would change',
      ]),
    )
    .action(verb(plan));
}

async function plan(context: CliContext, services: string[], flags: PlanFlags): Promise<number> {
  const project = await projectFor(context);
  const client = await engineFor(context);
  const { deps, forceRecreate = false, removeOrphans = false, scale = {} } = flags;
  const made = await planForUp(
    { client, project, emit: () => undefined, signal: context.signal },
    { services, noDeps: !deps, forceRecreate, removeOrphans, scale },
  );
  const withSteps = flags.steps !== undefined || flags.json === true;
  const steps: Steps = withSteps
    ? new Map((await client.berth.expand(made.operations)).map((expanded) => [expanded.id, expanded.steps]))
    : new Map();
  if (flags.json) context.out.write(asJson(made, steps));
  else if (flags.steps === undefined) context.out.write(formatPlan(made, { base: process.cwd() }));
  else context.out.write(stepsText(made, steps, flags.steps));
  return flags.exitCode && !isEmptyPlan(made) ? 2 : 0;
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
