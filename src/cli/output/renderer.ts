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
  const { err, globals } = context;
  const { good, bad, warning, faint } = err.colours;
  const width = Math.max(
    0,
    ...plan.changes.map(({ resource }) => `${resource.kind} ${resource.name}`.length),
  );
  const show = (subject: string, text: string) => err.line(` ${subject.padEnd(width)}  ${text}`);
  const finalNames = finalNamesOf(plan);
  const marks = { waiting: '…', started: '…', done: good('✔'), failed: bad('✘'), skipped: warning('-') };
  return {
    wantsSteps: globals.verbose === true,
    event: (event) => {
      if (event.type === 'note') {
        err.line(`${warning(`${event.level}:`)} ${event.text}`);
      } else if (event.type === 'step') {
        if (event.status === 'done')
          show(`  ${event.name}`, faint(`${event.title}${milliseconds(event.durationMs)}`));
      } else if (event.status !== 'started' && event.kind !== 'rename-container') {
        const { kind, name } = event.resource;
        show(
          `${kind} ${finalNames.get(name) ?? name}`,
          `${marks[event.status]} ${event.text}${faint(milliseconds(event.durationMs))}`,
        );
      }
    },
    end: async () => undefined,
  };
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

/** `  12 ms`, or nothing. */
export function milliseconds(duration: number | undefined): string {
  if (duration === undefined) return '';
  return duration < 1000 ? `  ${Math.round(duration)} ms` : `  ${(duration / 1000).toFixed(1)} s`;
}
