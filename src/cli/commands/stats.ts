import { Command } from 'commander';
import { jsonLines } from '../../client/json-lines.ts';
import type { EngineClient } from '../../client/client.ts';
import { ps, type Replica } from '../../stack/ps.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { namedStack } from '../named-stack.ts';
import { table } from '../output/table.ts';
import { templateFormat, type Row } from '../output/template.ts';
import { usageRow, type RawUsage } from '../output/usage-row.ts';
import { examples } from '../overview.ts';

interface StatsFlags {
  readonly all?: boolean;
  readonly format?: string;
  readonly stream: boolean;
  readonly trunc: boolean;
}

const columns = [
  ['CONTAINER ID', 'ID'],
  ['NAME', 'Name'],
  ['CPU %', 'CPUPerc'],
  ['MEM USAGE / LIMIT', 'MemUsage'],
  ['MEM %', 'MemPerc'],
  ['NET I/O', 'NetIO'],
  ['BLOCK I/O', 'BlockIO'],
  ['PIDS', 'PIDs'],
] as const;

export function statsCommand(): Command {
  return new Command('stats')
    .description('show what the containers use, once a second')
    .argument('[services...]', 'only these')
    .option('-a, --all', 'stopped ones too')
    .option('--format <format>', 'table, json, or a template: {{.Name}} {{.CPUPerc}}')
    .option('--no-stream', 'once, and no more')
    .option('--no-trunc', 'full ids')
    .addHelpText('before', examples(['berth stats', 'berth stats --no-stream --format json']))
    .action(verb(stats));
}

async function stats(context: CliContext, services: string[], flags: StatsFlags): Promise<number> {
  const format = templateFormat(flags.format);
  const { client, projectName } = await namedStack(context, services);
  const replicas = await ps(client, { projectName, services, all: flags.all ?? false });
  const isLive = flags.stream && context.out.isTty && (flags.format ?? 'table') === 'table';
  const latest = new Map<string, RawUsage>();
  const show = () => {
    const rows = replicas.map((replica) => rowOf(replica, latest.get(replica.id), flags));
    context.out.write((isLive ? '\u001b[H\u001b[J' : '') + textFor(rows, flags, format));
  };
  if (!flags.stream) {
    await Promise.all(
      replicas.map(async ({ id }) => latest.set(id, await oneSample(client, id, context.signal))),
    );
    show();
    return 0;
  }
  for (const { id } of replicas) void follow(client, { id, latest, signal: context.signal });
  await everySecond(context.signal, () => {
    if (latest.size > 0) show();
  });
  return 130;
}

function rowOf(replica: Replica, usage: RawUsage | undefined, flags: StatsFlags): Row {
  const id = flags.trunc ? replica.id.slice(0, 12) : replica.id;
  return usageRow({ id, name: replica.name }, usage);
}

function textFor(
  rows: readonly Row[],
  { format: wanted }: StatsFlags,
  format: ReturnType<typeof templateFormat>,
): string {
  if (format) return format(rows);
  if (wanted === 'json') return rows.map((row) => JSON.stringify(row) + '\n').join('');
  return table(
    columns.map(([title]) => title),
    rows.map((row) => columns.map(([, key]) => String(row[key]))),
  );
}

async function oneSample(client: EngineClient, id: string, signal: AbortSignal): Promise<RawUsage> {
  const stream = await client.getContainer(id).stats({ stream: false, abortSignal: signal });
  for await (const usage of jsonLines<RawUsage>(stream)) return usage;
  return {};
}

/** A container that ends, or an engine that goes, has no more to tell. */
async function follow(
  client: EngineClient,
  about: { id: string; latest: Map<string, RawUsage>; signal: AbortSignal },
): Promise<void> {
  try {
    const stream = await client.getContainer(about.id).stats({ abortSignal: about.signal });
    for await (const usage of jsonLines<RawUsage>(stream)) about.latest.set(about.id, usage);
  } catch {
    about.latest.delete(about.id);
  }
}

function everySecond(signal: AbortSignal, work: () => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(work, 1000);
    const end = () => {
      clearInterval(timer);
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
