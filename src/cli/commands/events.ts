import { Command } from 'commander';
import { label } from '../../plan/labels.ts';
import { jsonLines } from '../../client/json-lines.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { namedStack } from '../named-stack.ts';
import { examples } from '../overview.ts';
import { moment } from '../values.ts';

interface EventsFlags {
  readonly json?: boolean;
  readonly since?: string;
  readonly until?: string;
}

interface RawEvent {
  readonly Type?: string;
  readonly Action?: string;
  readonly Actor?: { readonly ID?: string; readonly Attributes?: Readonly<Record<string, string>> };
  readonly timeNano?: number;
}

export function eventsCommand(): Command {
  return new Command('events')
    .description('show what happens to the containers of the project, as it happens')
    .argument('[services...]', 'only these')
    .option('--json', 'one object a line')
    .option('--since <time>', 'from a time or an age (10m) on')
    .option('--until <time>', 'up to a time or an age')
    .addHelpText('before', examples(['berth events', 'berth events --json --since 10m web']))
    .action(verb(show));
}

async function show(context: CliContext, services: string[], flags: EventsFlags): Promise<undefined> {
  const now = Date.now();
  const { client, projectName } = await namedStack(context, services);
  const stream = await client.getEvents({
    filters: { type: ['container'], label: [`${label.project}=${projectName}`] },
    abortSignal: context.signal,
    ...(flags.since !== undefined && { since: moment(flags.since, now) }),
    ...(flags.until !== undefined && { until: moment(flags.until, now) }),
  });
  try {
    for await (const event of jsonLines<RawEvent>(stream)) {
      const service = event.Actor?.Attributes?.[label.service] ?? '';
      if (services.length > 0 && !services.includes(service)) continue;
      context.out.line(flags.json ? jsonText(event, service) : lineText(event));
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
  }
}

function timeOf({ timeNano = 0 }: RawEvent): string {
  return new Date(timeNano / 1e6).toISOString();
}

function shownAttributes(event: RawEvent): [string, string][] {
  const attributes = Object.entries(event.Actor?.Attributes ?? {});
  return attributes.filter(([key]) => !key.startsWith('com.docker.compose.') && !key.startsWith('berth.'));
}

function jsonText(event: RawEvent, service: string): string {
  return JSON.stringify({
    time: timeOf(event),
    type: event.Type,
    service,
    id: event.Actor?.ID,
    action: event.Action,
    attributes: Object.fromEntries(shownAttributes(event)),
  });
}

function lineText(event: RawEvent): string {
  const attributes = shownAttributes(event).map(([key, value]) => `${key}=${value}`);
  const id = (event.Actor?.ID ?? '').slice(0, 12);
  return `${timeOf(event)} ${event.Type ?? ''} ${event.Action ?? ''} ${id} (${attributes.join(', ')})`;
}
