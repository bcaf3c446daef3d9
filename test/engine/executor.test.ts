import { describe, expect, it } from 'vitest';
import type { Action, ActionHandlers, ActionKind, Step } from '../../src/model/action.ts';
import type { StepEvent } from '../../src/model/progress.ts';
import { describeSteps, runAllSteps, runSteps } from '../../src/engine/executor.ts';
import type { ExecutorContext } from '../../src/engine/executor.ts';
import { noFaults } from '../../src/engine/faults.ts';

const of = { operation: 'start', object: 'container', name: 'shop-web-1' } as const;

function add(path: string): Step {
  return {
    id: `add ${path}`,
    title: `make ${path}`,
    action: { kind: 'folder-add', path, mode: 0o755 },
    undo: { kind: 'tree-del', path },
  };
}

/** A recorder of what was done; the paths in `broken` cannot be made. */
function recorder(broken: readonly string[] = []): {
  context: ExecutorContext;
  done: string[];
  told: StepEvent[];
} {
  const done: string[] = [];
  const told: StepEvent[] = [];
  const handlers = {
    'folder-add': {
      describe: ({ path }: { path: string }) => `mkdir ${path}`,
      perform: ({ path }: { path: string }) => {
        if (broken.includes(path)) throw new Error(`no ${path}`);
        done.push(`+${path}`);
      },
    },
    'tree-del': {
      describe: ({ path }: { path: string }) => `rm -rf ${path}`,
      perform: ({ path }: { path: string }) => void done.push(`-${path}`),
    },
  } as unknown as ActionHandlers<ActionKind>;
  return { context: { handlers, faults: noFaults, tell: (event) => told.push(event) }, done, told };
}

/** Steps that end when they are told to, and who has begun. */
function patient(): {
  context: ExecutorContext;
  begun: string[];
  end: (path: string, error?: Error) => void;
} {
  const begun: string[] = [];
  const waiting = new Map<string, (error?: Error) => void>();
  const perform = ({ path }: { path: string }): Promise<void> =>
    new Promise((resolve, reject) => {
      begun.push(path);
      waiting.set(path, (error) => (error ? reject(error) : resolve()));
    });
  const undo = { describe: () => '', perform: ({ path }: { path: string }) => void begun.push(`-${path}`) };
  const handlers = { 'folder-add': { describe: () => '', perform }, 'tree-del': undo };
  return {
    context: {
      handlers: handlers as unknown as ActionHandlers<ActionKind>,
      faults: noFaults,
      tell: () => {},
    },
    begun,
    end: (path, error) => waiting.get(path)?.(error),
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a step alongside another', () => {
  const steps: Step[] = [add('/a'), { ...add('/b'), alongside: true }, add('/c')];

  it('begins with it, and both end before the next one', async () => {
    const { context, begun, end } = patient();
    const running = runSteps(context, of, steps);
    expect(begun).toEqual(['/a', '/b']);
    end('/b');
    await turn();
    expect(begun).toEqual(['/a', '/b']);
    end('/a');
    await turn();
    expect(begun).toEqual(['/a', '/b', '/c']);
    end('/c');
    await running;
  });

  it('is taken back with it when either fails, and only when both have ended', async () => {
    const { context, begun, end } = patient();
    const running = runSteps(context, of, steps).catch((error: unknown) => error);
    end('/a', new Error('no a'));
    await turn();
    expect(begun).toEqual(['/a', '/b']);
    end('/b');
    expect(await running).toMatchObject({ message: 'no a' });
    expect(begun).toEqual(['/a', '/b', '-/b', '-/a']);
  });

  it('has its failure reported beside that of the other when all are to be done', async () => {
    const { context, end } = patient();
    const running = runAllSteps(context, of, steps);
    end('/a', new Error('no a'));
    end('/b', new Error('no b'));
    await turn();
    end('/c');
    expect(await running).toMatchObject([{ message: 'no a' }, { message: 'no b' }]);
  });
});

describe('runSteps', () => {
  it('does the steps in order and tells of each', async () => {
    const { context, done, told } = recorder();
    await runSteps(context, of, [add('/a'), add('/b')]);
    expect(done).toEqual(['+/a', '+/b']);
    expect(told.map(({ step, status }) => `${step} ${status}`)).toEqual([
      'add /a started',
      'add /a done',
      'add /b started',
      'add /b done',
    ]);
  });

  it('takes back what was done in reverse, the failed step included, and throws the first error', async () => {
    const { context, done } = recorder(['/c']);
    await expect(runSteps(context, of, [add('/a'), add('/b'), add('/c'), add('/d')])).rejects.toThrow(
      'no /c',
    );
    expect(done).toEqual(['+/a', '+/b', '-/c', '-/b', '-/a']);
  });
});

describe('runAllSteps', () => {
  it('goes on over failures and returns them all', async () => {
    const { context, done } = recorder(['/a', '/c']);
    const failures = await runAllSteps(context, of, [add('/a'), add('/b'), add('/c')]);
    expect(failures.map(String)).toEqual(['Error: no /a', 'Error: no /c']);
    expect(done).toEqual(['+/b']);
  });
});

describe('faults', () => {
  it('are asked before and after each step by its full name', async () => {
    const { context } = recorder();
    const asked: string[] = [];
    const faults = {
      before: (id: string) => void asked.push(`before ${id}`),
      after: (id: string) => void asked.push(`after ${id}`),
    };
    await runSteps({ ...context, faults }, of, [add('/a')]);
    expect(asked).toEqual([
      'before start container shop-web-1/add /a',
      'after start container shop-web-1/add /a',
    ]);
  });
});

describe('describeSteps', () => {
  it('gives commands and their inverses', () => {
    const { context } = recorder();
    const record: Action = { kind: 'tree-del', path: '/x' };
    const steps: Step[] = [add('/a'), { id: 'gone', title: 'remove /x', action: record }];
    expect(describeSteps(context.handlers, of, steps)).toEqual([
      { id: 'start container shop-web-1/add /a', title: 'make /a', command: 'mkdir /a', undo: 'rm -rf /a' },
      { id: 'start container shop-web-1/gone', title: 'remove /x', command: 'rm -rf /x', undo: '' },
    ]);
  });
});
