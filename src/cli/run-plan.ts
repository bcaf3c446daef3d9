import type { EngineClient } from '../client/client.ts';
import type { Plan } from '../model/plan.ts';
import type { ProgressEvent } from '../model/progress.ts';
import type { CliContext } from './context.ts';
import { describerFor } from './output/describe.ts';
import { rendererFor, type Renderer } from './output/renderer.ts';

/** Shows a plan while `carryOut` does it, with the engine's own steps where the renderer wants them. */
export async function showPlan(about: {
  context: CliContext;
  client: EngineClient;
  plan: Plan;
  /** Leave out how far the layers of images are. */
  quietTransfers?: boolean | undefined;
  /** Leave out what builds say. */
  quietBuilds?: boolean | undefined;
  carryOut: (emit: (event: ProgressEvent) => void) => Promise<void>;
}): Promise<void> {
  const { context, client, plan, carryOut } = about;
  const renderer = await rendererFor({ context, plan, describe: describerFor(client) });
  const watching = new AbortController();
  const watched = renderer.wantsSteps ? await watchSteps(client, renderer, watching.signal) : undefined;
  for (const { text } of plan.notes ?? []) renderer.event({ type: 'note', level: 'warning', text });
  try {
    await carryOut((event) => {
      const isHidden = { transfer: about.quietTransfers, build: about.quietBuilds };
      if (!isHidden[event.type as keyof typeof isHidden]) renderer.event(event);
    });
  } finally {
    watching.abort();
    await watched?.done;
    await renderer.end();
  }
}

/** A Docker Engine has no steps to tell; then there are none to show. */
async function watchSteps(
  client: EngineClient,
  renderer: Renderer,
  signal: AbortSignal,
): Promise<{ done: Promise<void> } | undefined> {
  try {
    const steps = await client.own.openProgress(signal);
    return { done: copySteps(steps, renderer) };
  } catch {
    return undefined;
  }
}

/** Steps illustrate; a broken stream of them must not fail what they illustrate. */
async function copySteps(steps: AsyncIterable<ProgressEvent>, renderer: Renderer): Promise<void> {
  try {
    for await (const step of steps) renderer.event(step);
  } catch {
    renderer.event({ type: 'note', level: 'info', text: 'the engine stopped telling its steps' });
  }
}
