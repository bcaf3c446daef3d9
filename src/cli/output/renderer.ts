import type { BuildEvent } from '../../model/build.ts';
import type { Plan } from '../../model/plan.ts';
import type { ProgressEvent } from '../../model/progress.ts';
import type { CliContext } from '../context.ts';
import { finalNamesOf } from './final-names.ts';

/** Shows the progress of one plan. Everything goes to stderr: results alone go to stdout. */
export interface Renderer {
  /** Whether it has a use for the single steps of the engine. */
  readonly wantsSteps: boolean;
  readonly event: (event: ProgressEvent) => void;
  /** Puts everything on the screen; nothing is shown after it. */
  readonly end: () => Promise<void>;
}

export interface RendererInput {
  readonly context: CliContext;
  readonly plan: Plan;
  /** Facts about a network or container once it is there: addresses, bridge, image. */
  readonly describe: (kind: string, name: string) => Promise<string>;
}

/** The renderer that `--progress` asks for; `auto` takes the task list where there is a terminal. */
export async function rendererFor(input: RendererInput): Promise<Renderer> {
  const { globals, err } = input.context;
  const isLive = globals.progress === 'auto' && err.isTty && err.width > 0 && globals.ansi !== 'never';
  if (globals.progress === 'tty' || isLive) {
    const { taskListRenderer } = await import('./task-list.ts');
    return taskListRenderer(input);
  }
  if (globals.progress === 'json') return jsonRenderer(input);
  if (globals.progress === 'quiet') return quietRenderer(input);
  return plainRenderer(input);
}

function plainRenderer({ context, plan }: RendererInput): Renderer {
  return {
    wantsSteps: context.globals.verbose === true,
    event: plainLines(context, plan),
    end: async () => undefined,
  };
}

/** One line for each event, in the words of Docker Compose: ` Container shop-web-1 Started  12 ms`. */
export function plainLines(context: CliContext, plan: Plan | undefined): (event: ProgressEvent) => void {
  const { err } = context;
  const { bad, warning, faint } = err.colours;
  const finalNames = plan ? finalNamesOf(plan) : new Map<string, string>();
  return (event) => {
    if (event.type === 'note') err.line(`${warning(`${event.level}:`)} ${event.text}`);
    else if (event.type === 'output') tellOutput(context, event);
    else if (event.type === 'step') {
      if (event.status === 'done')
        err.line(`   ${event.name}  ${faint(`${event.title}${milliseconds(event.durationMs)}`)}`);
    } else if (event.type === 'transfer') {
      if (LAYER_ENDS.has(event.status)) err.line(`   ${event.layer}  ${faint(event.status)}`);
    } else if (event.type === 'build') {
      const text = buildText(event.event);
      if (text !== '') err.line(`   ${event.resource.key}  ${faint(text)}`);
    } else if (isTold(event)) {
      const { kind, name } = event.resource;
      const words = event.status === 'failed' ? bad(`Error ${event.text}`) : capital(event.text);
      const subject = `${capital(kind)} ${finalNames.get(name) ?? name}`;
      err.line(` ${subject} ${words}${faint(milliseconds(event.durationMs))}`);
    }
  };
}

/** Ends, and the beginning of what takes long. */
function isTold({ status, kind }: Extract<ProgressEvent, { type: 'operation' }>): boolean {
  return status === 'started' ? kind === 'pull-image' : kind !== 'rename-container';
}

/** Where a layer ends. What is on its way is for those who can see it move. */
const LAYER_ENDS = new Set(['Pull complete', 'Already exists', 'Pushed', 'Layer already exists']);

/** What a hook says goes where its service's own words go. */
export function tellOutput(
  { out, err }: Pick<CliContext, 'out' | 'err'>,
  event: Extract<ProgressEvent, { type: 'output' }>,
): void {
  const terminal = event.stream === 'stderr' ? err : out;
  terminal.line(`${event.from}  | ${event.text}`);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function jsonRenderer({ context }: RendererInput): Renderer {
  return {
    wantsSteps: true,
    event: (event) => context.err.line(JSON.stringify(event)),
    end: async () => undefined,
  };
}

function quietRenderer({ context }: RendererInput): Renderer {
  return {
    wantsSteps: false,
    event: (event) => {
      if (event.type === 'note' && event.level === 'error') context.err.line(event.text);
    },
    end: async () => undefined,
  };
}

/** What a build says, as one line; empty for what its end tells anyway. */
export function buildText(event: BuildEvent): string {
  if (event.type === 'step') return `${event.number}/${event.total} ${event.text}`;
  if (event.type === 'cached') return '  from the cache';
  return event.type === 'output' ? `  ${event.text}` : '';
}

/** `  12 ms`, or nothing. */
export function milliseconds(duration: number | undefined): string {
  if (duration === undefined) return '';
  return duration < 1000 ? `  ${Math.round(duration)} ms` : `  ${(duration / 1000).toFixed(1)} s`;
}
