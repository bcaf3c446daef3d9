import { join } from 'node:path';
import type { TestAPI } from 'vitest';
import type { RunningStack } from './running-stack.ts';
import type { Stack } from './stack.ts';

export interface StackTestOptions {
  /** How long a stack serves: one test (the default), all tests of a file, or all of a worker. */
  readonly scope?: 'test' | 'file' | 'worker';
  /** Folder for what the services said during a test that failed: `<test>/<service>-<number>.log`. */
  readonly logsTo?: string;
}

/** A running stack for each name. */
export type RunningStacks<S extends Readonly<Record<string, Stack>>> = {
  [K in keyof S]: S[K] extends Stack<infer Services> ? RunningStack<Services> : never;
};

interface TaskLike {
  readonly name: string;
  readonly suite?: { readonly name: string } | undefined;
  readonly result?: { readonly state: string } | undefined;
}

type Use<T> = (value: T) => Promise<void>;

/**
 * vitest's `test` with stacks as fixtures: each is up when a test that names it begins, and down when its scope ends.
 *
 *     const test = stackTest(base, { shop: stack('compose.yaml') }, { scope: 'file', logsTo: 'test-logs' });
 *     test('answers', async ({ shop }) => { await fetch(shop.service('api').url()); });
 */
export function stackTest<B, const S extends Readonly<Record<string, Stack>>>(
  base: TestAPI<B>,
  stacks: S,
  options: StackTestOptions = {},
): TestAPI<B & RunningStacks<S>> {
  const { scope = 'test', logsTo } = options;
  const running = new Set<RunningStack>();
  const entries = Object.entries(stacks).map(([name, one]) => {
    const fixture = scope === 'test' ? testFixture(one, logsTo) : longFixture(one, running);
    return [name, [fixture, { scope }]] as const;
  });
  const keepsLogs = scope !== 'test' && logsTo !== undefined;
  const keeper = keepsLogs ? { berthLogs: [keeperOf(running, logsTo), { auto: true }] } : {};
  // The names are known by their type only, which vitest's own types have no way to take.
  const extended = base as unknown as { extend: (fixtures: object) => unknown };
  return extended.extend({ ...Object.fromEntries(entries), ...keeper }) as TestAPI<B & RunningStacks<S>>;
}

/** vitest reads from the text of a fixture which others it needs: the first parameter must be taken apart. */
function testFixture(one: Stack, logsTo: string | undefined) {
  return async ({ task }: { task: TaskLike }, use: Use<RunningStack>): Promise<void> => {
    const stack = await one.up();
    try {
      await use(stack);
      if (logsTo !== undefined && hasFailed(task)) await stack.writeLogs(join(logsTo, folderName(task)));
    } finally {
      await stack.down();
    }
  };
}

function longFixture(one: Stack, running: Set<RunningStack>) {
  return async ({}: object, use: Use<RunningStack>): Promise<void> => {
    const stack = await one.up();
    running.add(stack);
    try {
      await use(stack);
    } finally {
      running.delete(stack);
      await stack.down();
    }
  };
}

/** What the stacks of a longer scope say during each test. */
function keeperOf(running: ReadonlySet<RunningStack>, logsTo: string) {
  return async ({ task }: { task: TaskLike }, use: Use<undefined>): Promise<void> => {
    const since = new Date();
    await use(undefined);
    if (!hasFailed(task)) return;
    const folder = join(logsTo, folderName(task));
    await Promise.all([...running].map((stack) => stack.writeLogs(folder, { since })));
  };
}

function hasFailed({ result }: TaskLike): boolean {
  return result?.state === 'fail';
}

function folderName({ name, suite }: TaskLike): string {
  const whole = suite?.name ? `${suite.name} ${name}` : name;
  return whole.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 120);
}
