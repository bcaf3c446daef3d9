import type { UsageSample } from '../engine/engine-api.ts';
import { type Call, flag, param } from './call.ts';
import { containerStats } from './mapping/stats.ts';
import { beginStream, sendJson, write } from './reply.ts';
import { route, type Route } from './router.ts';

export const insightRoutes: readonly Route[] = [
  route('GET', '/containers/{id…}/top', top),
  route('GET', '/containers/{id…}/stats', stats),
];

async function top(call: Call): Promise<void> {
  const words = (call.query.get('ps_args') || '-ef').split(/\s+/).filter(Boolean);
  const { titles, rows } = await call.engine.listProcesses(param(call, 'id'), words);
  sendJson(call.response, { Titles: titles, Processes: rows });
}

/** Each answer holds the sample before it as well; a single one waits for its second sample, unless `one-shot`. */
async function stats(call: Call): Promise<void> {
  const container = call.engine.findContainer(param(call, 'id'));
  const isStream = flag(call, 'stream', true);
  const needsTwo = !isStream && !flag(call, 'one-shot') && container.state.status === 'running';
  if (isStream) beginStream(call.response, 'application/json');
  let before: UsageSample | undefined;
  for await (const sample of call.engine.sampleUsage(container.id, call.signal)) {
    const isFirst = before === undefined;
    const body = containerStats(container, sample, before);
    before = sample;
    if (isStream) await write(call.response, JSON.stringify(body) + '\n');
    else if (!needsTwo || !isFirst) {
      sendJson(call.response, body);
      return;
    }
  }
  call.response.end();
}
