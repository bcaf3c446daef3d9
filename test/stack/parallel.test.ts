import { expect, it } from 'vitest';
import type { Plan } from '../../src/model/plan.ts';
import type { ContainerEvents } from '../../src/stack/container-events.ts';
import type { EngineClientLike } from '../../src/stack/engine-client.ts';
import { execute } from '../../src/stack/execute.ts';

/** How many containers are removed at once at most. */
async function widest(operationsMax: number): Promise<number> {
  let now = 0;
  let most = 0;
  const remove = async (): Promise<void> => {
    now += 1;
    most = Math.max(most, now);
    await new Promise(setImmediate);
    now -= 1;
  };
  const client = { operationsMax, getContainer: () => ({ remove }) } as unknown as EngineClientLike;
  const operations: Plan['operations'] = Array.from({ length: 6 }, (_, index) => ({
    id: index + 1,
    resource: { kind: 'container', name: `shop-web-${index}`, key: 'web' },
    detail: { kind: 'remove-container', volumes: false },
    needs: [],
    cause: { text: '' },
  }));
  const plan = { project: 'shop', operations, changes: [] };
  const events = {} as unknown as ContainerEvents;
  const { done } = await execute(plan, {
    client,
    events,
    emit: () => undefined,
    signal: new AbortController().signal,
  });
  expect(done).toHaveLength(6);
  return most;
}

it('--parallel bounds what is done at once', async () => {
  expect(await widest(1)).toBe(1);
  expect(await widest(2)).toBe(2);
  expect(await widest(-1)).toBe(6);
});
