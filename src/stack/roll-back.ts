import type { Operation } from '../model/plan.ts';
import type { StackContext } from './context.ts';
import { statusOf } from './engine-client.ts';
import type { Execution } from './execute.ts';

/**
 * Takes away what a run made before the machine refused something: containers, then networks and volumes, newest
 * first. A container that took the place of an older one stays, since the older one is gone.
 */
export async function rollBack(context: StackContext, execution: Execution): Promise<void> {
  const made = execution.done.filter(({ detail }) => detail.kind.startsWith('create-')).reverse();
  const containers = made.filter((operation) => isFresh(operation, execution));
  const objects = made.filter(({ resource }) => resource.kind !== 'container');
  if (containers.length + objects.length === 0) return;
  await Promise.all(containers.map((operation) => takeAway(context, operation)));
  await Promise.all(objects.map((operation) => takeAway(context, operation)));
  const count = containers.length + objects.length;
  const things = count === 1 ? 'the one thing' : `the ${count} things`;
  context.emit({
    type: 'note',
    level: 'info',
    text: `${things} that this run had made were taken away again`,
  });
}

/**
 * Takes away containers that were to replace others which still run, since they failed. Resolves with their names.
 */
export async function withdrawSuccessors(
  context: StackContext,
  execution: Execution,
): Promise<ReadonlySet<string>> {
  const undone = [...execution.skipped, ...execution.failures.map(({ operation }) => operation)];
  const left = execution.done.filter(
    (created) =>
      created.detail.kind === 'create-container' &&
      undone.some(({ detail, resource }) => {
        if (detail.kind !== 'rename-container' || resource.name !== created.resource.name) return false;
        const isGone = execution.done.some(
          (other) => other.detail.kind === 'remove-container' && other.resource.name === detail.to,
        );
        return !isGone;
      }),
  );
  await Promise.all(left.map((operation) => takeAway(context, operation)));
  return new Set(left.map(({ resource }) => resource.name));
}

function isFresh(operation: Operation, execution: Execution): boolean {
  const { resource, detail } = operation;
  if (detail.kind !== 'create-container') return false;
  const others = execution.done.filter((other) => other.resource.key === resource.key);
  const renamed = others.some(
    (other) => other.detail.kind === 'rename-container' && other.resource.name === resource.name,
  );
  const removed = others.some(
    (other) => other.detail.kind === 'remove-container' && other.resource.name === resource.name,
  );
  return !renamed && !removed;
}

async function takeAway(context: StackContext, operation: Operation): Promise<void> {
  const { client } = context;
  const { kind, name } = operation.resource;
  try {
    if (kind === 'container') await client.getContainer(name).remove({ force: true, v: true });
    if (kind === 'network') await client.getNetwork(name).remove();
    if (kind === 'volume') await client.getVolume(name).remove();
  } catch (error) {
    if (statusOf(error) === 404) return;
    const reason = error instanceof Error ? error.message : String(error);
    context.emit({ type: 'note', level: 'warning', text: `${kind} ${name} is left behind: ${reason}` });
  }
}
