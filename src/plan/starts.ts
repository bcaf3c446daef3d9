import type { Project } from '../model/compose.ts';
import type { Cause, WaitCondition } from '../model/plan.ts';
import type { Draft, PlanBuilder } from './builder.ts';
import type { DependencyGraph } from './dependencies.ts';
import { addPostStart } from './hook-drafts.ts';
import { serviceOf } from './labels.ts';
import { addressOf } from './names.ts';
import { isRunning, type ObservedContainer } from './observed.ts';

export interface StartsInput {
  readonly builder: PlanBuilder;
  readonly project: Project | undefined;
  readonly graph: DependencyGraph;
  /** Every container that the verb is about, dependencies before what depends on them. */
  readonly containers: readonly ObservedContainer[];
  /** Those that are started though they may run now, each with its stop. */
  readonly stops: ReadonlyMap<ObservedContainer, Draft | undefined>;
  /** Wait until each one runs, or is healthy. */
  readonly wait: boolean;
  readonly cause: Cause;
}

/** Starts of containers that exist, each when its dependencies have reached what it wants of them. */
export class Starts {
  readonly #input: StartsInput;
  readonly #starts = new Map<ObservedContainer, Draft>();
  readonly #waits = new Map<string, Draft>();

  constructor(input: StartsInput) {
    this.#input = input;
  }

  add(): void {
    const { containers, wait } = this.#input;
    for (const container of containers) this.#start(container);
    if (!wait) return;
    for (const container of containers)
      this.#reached(container, this.#isAwaited(container) ? 'completed' : 'running');
  }

  #start(container: ObservedContainer): void {
    const { builder, project, stops, cause, graph, containers } = this.#input;
    const resource = addressOf(container);
    const verdict = stops.has(container) ? 'restart' : 'start';
    if (verdict === 'start' && this.#isLeft(container)) {
      const text = isRunning(container) ? 'it runs' : 'done, exit 0';
      builder.change({ resource, verdict: 'unchanged', cause: { text } });
      return;
    }
    builder.change({ resource, verdict, cause });
    const needs: (Draft | undefined)[] = [stops.get(container)];
    const after: (Draft | undefined)[] = [];
    for (const [name, { condition, required }] of Object.entries(graph.get(serviceOf(container)) ?? {})) {
      const others = containers.filter((other) => serviceOf(other) === name);
      const drafts = others.map((other) => this.#condition(other, condition));
      (required ? needs : after).push(...drafts);
    }
    const detail = { kind: 'start-container' } as const;
    const start = builder.add({ resource, detail, cause, needs, after });
    this.#starts.set(container, addPostStart({ builder, project, resource, start }));
  }

  /** What runs stays as it is, and so does a one-shot that is done and that others only waited for. */
  #isLeft(container: ObservedContainer): boolean {
    return isRunning(container) || (this.#isAwaited(container) && isDone(container));
  }

  #condition(container: ObservedContainer, condition: string): Draft | undefined {
    if (condition === 'service_healthy') return this.#reached(container, 'healthy');
    if (condition === 'service_completed_successfully') return this.#reached(container, 'completed');
    return this.#starts.get(container);
  }

  #reached(container: ObservedContainer, condition: WaitCondition): Draft | undefined {
    const start = this.#starts.get(container);
    if (!start && hasReached(container, condition)) return undefined;
    const key = `${container.id} ${condition}`;
    const known = this.#waits.get(key);
    if (known) return known;
    const draft = this.#input.builder.add({
      resource: addressOf(container),
      detail: { kind: 'wait-container', condition },
      cause: { text: `until ${serviceOf(container)} is ${condition}` },
      needs: [start],
    });
    this.#waits.set(key, draft);
    return draft;
  }

  #isAwaited(container: ObservedContainer): boolean {
    const service = serviceOf(container);
    return [...this.#input.graph.values()].some(
      (dependencies) => dependencies[service]?.condition === 'service_completed_successfully',
    );
  }
}

export function isDone(container: ObservedContainer): boolean {
  return container.status === 'exited' && container.exitCode === 0;
}

function hasReached(container: ObservedContainer, condition: WaitCondition): boolean {
  if (condition === 'completed') return isDone(container);
  if (condition === 'healthy') return container.health === 'healthy';
  return container.status === 'running' && ['none', 'healthy'].includes(container.health);
}
