import type { BuildEvent } from '../../model/build.ts';
import type { Plan } from '../../model/plan.ts';
import type { ProgressEvent, StepEvent } from '../../model/progress.ts';
import { finalNamesOf } from './final-names.ts';
import { LayerBars } from './layer-bars.ts';
import type { Palette } from './palette.ts';
import { milliseconds } from './renderer.ts';

type OperationEvent = Extract<ProgressEvent, { type: 'operation' }>;

/** The part of a listr2 task that a row moves. */
export interface TaskHandle {
  title: string;
  output: string;
  skip(message?: string): void;
}

interface RowNames {
  readonly kind: string;
  readonly name: string;
  /** What a person calls it: the service, or `network front`. */
  readonly label: string;
}

/** One line of the task list: a network, a volume, or a replica of a service. */
export class TaskRow {
  readonly names: RowNames;
  readonly width: number;
  facts = '';
  text: string;
  #waitingFor = '';
  #reached = '';
  #left: number;
  #startedAt: number | undefined;
  #elapsed: number | undefined;
  /** Titles of the steps since the last refresh. */
  #steps: string[] = [];
  /** Facts that are still being asked for. */
  #asked: Promise<void> = Promise.resolve();
  #layers: LayerBars | undefined;
  #failure: string | undefined;
  #isSkipped = false;
  #task: TaskHandle | undefined;
  #finish: () => void = () => undefined;
  readonly #keepsSteps: boolean;
  readonly #faint: (text: string) => string;
  readonly #finished: Promise<void>;

  constructor(about: {
    names: RowNames;
    width: number;
    left: number;
    text: string;
    colours: Palette;
    keepsSteps: boolean;
  }) {
    this.names = about.names;
    this.width = about.width;
    this.text = about.text;
    this.#left = about.left;
    this.#faint = about.colours.faint;
    this.#keepsSteps = about.keepsSteps;
    this.#finished = new Promise((resolve) => (this.#finish = resolve));
    if (this.#left === 0) this.#finish();
  }

  title(): string {
    const duration = this.#left === 0 ? milliseconds(this.#elapsed) : '';
    const parts = [this.names.label.padEnd(this.width), this.facts, this.text].filter((part) => part !== '');
    return parts.join('   ') + this.#faint(duration);
  }

  async run(task: TaskHandle): Promise<void> {
    this.#task = task;
    await this.#finished;
    await this.#asked;
    this.#showSteps(task);
    task.title = this.title();
    if (this.#failure !== undefined) throw new Error(this.#failure);
    if (this.#isSkipped) task.skip(this.title());
  }

  operation(event: OperationEvent): void {
    if (event.status === 'waiting') this.#waitingFor = event.text;
    if (event.status === 'started') {
      this.#startedAt ??= performance.now();
      this.text = event.text;
    }
    if (event.status === 'done') this.#succeeded(event);
    if (event.status === 'failed') this.#failure = this.text = event.text;
    if (event.status === 'skipped') {
      this.#isSkipped = true;
      this.text = this.#failure ?? event.text;
    }
    if (['done', 'failed', 'skipped'].includes(event.status)) this.#count();
  }

  /** What comes after a start, such as the new name of a successor, does not hide how the start went. */
  #succeeded({ kind, text }: OperationEvent): void {
    if (kind === 'start-container' || kind === 'wait-container') this.#reached = text;
    const isAfterwards = ['stop-container', 'remove-container', 'rename-container'].includes(kind);
    this.text = this.#left > 1 ? this.#waitingFor : isAfterwards && this.#reached ? this.#reached : text;
  }

  step(event: StepEvent): void {
    if (event.status === 'started') return;
    const verdict = event.status === 'done' ? '' : `  ${event.status}`;
    this.#steps.push(event.title + verdict + milliseconds(event.durationMs));
  }

  get isTransfer(): boolean {
    return this.names.kind === 'image';
  }

  transfer(event: Extract<ProgressEvent, { type: 'transfer' }>): void {
    this.#layers ??= new LayerBars();
    this.#layers.event(event);
    this.text = this.#layers.summary();
  }

  /** The step that a build is at stands in the title, its last line of output below. */
  build(event: BuildEvent): void {
    if (event.type === 'step') this.text = `${event.number}/${event.total} ${event.text}`;
    if (event.type === 'output') this.#steps.push(event.text);
  }

  /** Facts come a moment after the thing itself. */
  learn(facts: Promise<string>): void {
    this.#asked = facts.then((text) => void (this.facts = text));
  }

  /** Brings what changed to the screen. */
  refresh(): void {
    if (!this.#task || this.#left === 0) return;
    const title = this.title();
    if (this.#task.title !== title) this.#task.title = title;
    this.#showSteps(this.#task);
  }

  /** Ends the row, whatever is still left of it. */
  settle(): void {
    this.#left = 0;
    this.#finish();
  }

  /** A folded row has room for one step: setting the others would only cost time. */
  #showSteps(task: TaskHandle): void {
    if (this.#layers && this.#left > 0) task.output = this.#layers.lines().join('\n');
    for (const step of this.#keepsSteps ? this.#steps : this.#steps.slice(-1)) task.output = step;
    this.#steps = [];
  }

  #count(): void {
    this.#left -= 1;
    if (this.#left > 0) return;
    this.#elapsed = performance.now() - (this.#startedAt ?? performance.now());
    this.#finish();
  }
}

/** The rows of a plan, and which operation and step belongs to which row. */
export class TaskRows {
  readonly all: readonly TaskRow[];
  readonly #plan: Plan;
  readonly #describe: (kind: string, name: string) => Promise<string>;
  readonly #byName = new Map<string, TaskRow>();

  constructor(about: {
    plan: Plan;
    describe: (kind: string, name: string) => Promise<string>;
    colours: Palette;
    /** Show every step and leave them open. */
    keepsSteps: boolean;
  }) {
    const { plan, colours, keepsSteps } = about;
    this.#plan = plan;
    this.#describe = about.describe;
    const finalNames = finalNamesOf(plan);
    const named = plan.changes.map(({ resource, cause }) => ({ ...labelled(plan, resource), cause }));
    const width = Math.max(0, ...named.map(({ label }) => label.length));
    this.all = named.map((names) => {
      const left = plan.operations.filter(
        ({ resource }) =>
          resource.kind === names.kind && (finalNames.get(resource.name) ?? resource.name) === names.name,
      ).length;
      const text = left === 0 ? names.cause.text : '';
      const row = new TaskRow({ names, width, left, text, colours, keepsSteps });
      this.#byName.set(`${names.kind} ${names.name}`, row);
      return row;
    });
    for (const [temporary, name] of finalNames) {
      const row = this.#byName.get(`container ${name}`);
      if (row) this.#byName.set(`container ${temporary}`, row);
    }
  }

  /** `4 services, 2 networks`. */
  summary(): string {
    const { changes } = this.#plan;
    const services = new Set(
      changes.filter(({ resource }) => resource.kind === 'container').map(({ resource }) => resource.key),
    );
    const networks = changes.filter(({ resource }) => resource.kind === 'network').length;
    const parts = [counted(services.size, 'service'), counted(networks, 'network')];
    return parts.filter((part) => part !== '').join(', ');
  }

  event(event: OperationEvent | StepEvent): void {
    if (event.type === 'step') {
      this.#byName.get(`${event.object} ${event.name}`)?.step(event);
      return;
    }
    const row = this.#byName.get(`${event.resource.kind} ${event.resource.name}`);
    if (!row) return;
    if (event.status === 'done' && ['create-network', 'start-container'].includes(event.kind))
      this.#learn(row, event.resource.name);
    row.operation(event);
  }

  transfer(event: Extract<ProgressEvent, { type: 'transfer' }>): void {
    this.#byName.get(`${event.resource.kind} ${event.resource.name}`)?.transfer(event);
  }

  build({ resource, event }: Extract<ProgressEvent, { type: 'build' }>): void {
    this.#byName.get(`${resource.kind} ${resource.name}`)?.build(event);
  }

  refresh(): void {
    for (const row of this.all) row.refresh();
  }

  settle(): void {
    this.refresh();
    for (const row of this.all) row.settle();
  }

  #learn(row: TaskRow, name: string): void {
    row.learn(this.#describe(row.names.kind, name));
  }
}

function labelled(plan: Plan, resource: Plan['changes'][number]['resource']): RowNames {
  const { kind, name, key } = resource;
  if (kind === 'image') return { kind, name, label: `image ${name}` };
  if (kind !== 'container') return { kind, name, label: `${kind} ${key}` };
  const replicas = plan.changes.filter(
    (change) => change.resource.kind === kind && change.resource.key === key,
  );
  const number = /-(\d+)$/.exec(name)?.[1];
  return { kind, name, label: replicas.length > 1 && number !== undefined ? `${key}-${number}` : key };
}

function counted(count: number, word: string): string {
  if (count === 0) return '';
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
