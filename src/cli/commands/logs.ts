import { Command } from 'commander';
import { logs, type LogLine } from '../../stack/logs.ts';
import { ps } from '../../stack/ps.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { engineFor } from '../engine.ts';
import { LogPrinter, type LogStyle } from '../output/log-printer.ts';
import { examples } from '../overview.ts';
import { nameOnly } from '../project.ts';
import { badValue, moment, wholeNumber } from '../values.ts';

/** A restart, or a recreate by `up`, takes less between the end of the old and the start of the new. */
const PATIENCE_MS = 3000;

interface LogsFlags extends LogStyle {
  readonly follow?: boolean;
  readonly tail?: number;
  readonly since?: string;
  readonly until?: string;
  readonly index?: number;
  readonly grep?: readonly RegExp[];
  readonly json?: boolean;
}

export function logsCommand(): Command {
  return new Command('logs')
    .description('show what the services said, merged in the order of time')
    .argument('[services...]', 'only these')
    .option('-f, --follow', 'go on, through restarts and recreates')
    .option('-n, --tail <lines>', 'the last lines of each container, or `all`', tailNumber)
    .option('--since <time>', 'from a time (2026-11-21T12:00:00Z) or an age (10m) on')
    .option('--until <time>', 'up to a time or an age')
    .option('--index <n>', 'only this replica of each service', wholeNumber)
    .option('-t, --timestamps', 'show the time of each line')
    .option('--no-log-prefix', 'show lines without the name of their service')
    .option('--no-color', 'no colours')
    .option(
      '--grep <regexp>',
      'only lines that fit a regular expression; may be given several times',
      patterns,
    )
    .option('--json', 'one object a line: time, service, number, container, stream, text')
    .addHelpText(
      'before',
      examples([
        'berth logs --tail 20           the last lines of everything, in the order of time',
        'berth logs -f web              follow one service',
        'berth logs --since 10m api db  what two services said in the last ten minutes',
      ]),
    )
    .action(verb(show));
}

async function show(context: CliContext, services: string[], flags: LogsFlags): Promise<number> {
  const now = Date.now();
  const since = flags.since === undefined ? undefined : moment(flags.since, now);
  const until = flags.until === undefined ? undefined : moment(flags.until, now);
  const projectName = await nameOnly(context);
  const client = await engineFor(context);
  const printer = new LogPrinter(context, flags);
  const replicas = await ps(client, { projectName, services, all: true });
  printer.expect(
    replicas.filter(({ oneOff }) => !oneOff).map(({ service, number }) => `${service}-${number}`),
  );
  const { follow, tail, index } = flags;
  const lines = logs(client, {
    projectName,
    services,
    follow,
    tail,
    since,
    until,
    index,
    signal: context.signal,
    patienceMs: () => PATIENCE_MS,
    reconnect: () => engineFor(context),
  });
  for await (const line of lines) {
    if (flags.grep?.every((pattern) => !pattern.test(line.text))) continue;
    if (flags.json) context.out.line(jsonText(line));
    else printer.print(line);
  }
  return context.signal.aborted ? 130 : 0;
}

function tailNumber(text: string): number | undefined {
  if (text === 'all') return undefined;
  if (!/^\d+$/.test(text)) throw badValue(text, 'a number of lines, or `all`');
  return Number(text);
}

function patterns(text: string, earlier: readonly RegExp[] = []): RegExp[] {
  try {
    return [...earlier, new RegExp(text)];
  } catch {
    throw badValue(text, 'a regular expression');
  }
}

function jsonText({ time, service, number, container, stream, text }: LogLine): string {
  return JSON.stringify({ time, service, number, container, stream, text });
}
