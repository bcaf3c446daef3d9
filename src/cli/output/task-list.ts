import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from 'listr2';
import type { ListrDefaultRendererLogLevels } from 'listr2';
import type { ProgressEvent } from '../../model/progress.ts';
import { tellOutput, type Renderer, type RendererInput } from './renderer.ts';
import { TaskRows, type TaskRow } from './task-rows.ts';

/** The engine tells of steps much faster than anyone can read. */
const refreshMs = 80;

/** listr2 asks about stdout; ours is drawn on stderr, whatever stdout is. */
class StderrRenderer extends DefaultRenderer {
  static override nonTTY = true;
}

/** A live list: networks, then services in dependency order; each line opens while it works and folds when done. */
export function taskListRenderer({ context, plan, describe }: RendererInput): Renderer {
  const notes: string[] = [];
  const outputs: Extract<ProgressEvent, { type: 'output' }>[] = [];
  const isVerbose = context.globals.verbose === true;
  const rows = new TaskRows({ plan, describe, colours: context.err.colours, keepsSteps: isVerbose });
  context.err.line(`${context.err.colours.strong(plan.project)} · ${rows.summary()}`);
  const list = listOf(rows.all, isVerbose);
  const running = list.run();
  const timer = setInterval(() => rows.refresh(), refreshMs);
  return {
    wantsSteps: true,
    event: (event: ProgressEvent) => {
      if (event.type === 'note')
        notes.push(`${context.err.colours.warning(`${event.level}:`)} ${event.text}`);
      else if (event.type === 'output') outputs.push(event);
      else if (event.type === 'transfer') rows.transfer(event);
      else if (event.type === 'build') rows.build(event);
      else rows.event(event);
    },
    end: async () => {
      rows.settle();
      await running;
      clearInterval(timer);
      for (const output of outputs) tellOutput(context, output);
      for (const note of notes) context.err.line(note);
    },
  };
}

function listOf(rows: readonly TaskRow[], isVerbose: boolean) {
  const logger = new ListrLogger<ListrDefaultRendererLogLevels>({
    useIcons: true,
    toStderr: [],
    processOutput: new ProcessOutput(process.stderr, process.stdout, { leaveEmptyLine: false }),
  });
  return new Listr(
    rows.map((row) => ({
      title: row.title(),
      task: (_: unknown, task: Parameters<TaskRow['run']>[0]) => row.run(task),
      rendererOptions: {
        outputBar: isVerbose && !row.isTransfer ? Infinity : 1,
        persistentOutput: isVerbose && !row.isTransfer,
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      renderer: StderrRenderer,
      rendererOptions: { logger, formatOutput: 'truncate', collapseErrors: false, showErrorMessage: false },
    },
  );
}
