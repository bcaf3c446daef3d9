import { Command } from 'commander';
import type { Project } from '../../model/compose.ts';
import { BerthError } from '../../model/errors.ts';
import type { TraceReport } from '../../model/trace.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { engineFor } from '../engine.ts';
import { traceText } from '../output/trace-text.ts';
import { examples } from '../overview.ts';
import { loadOptionsOf } from '../project.ts';

interface Flags {
  readonly probe?: boolean;
  readonly json?: boolean;
}

export function traceCommand(): Command {
  return new Command('trace')
    .description('follow a packet through names, routes and rules, and say where it gets and why')
    .argument(
      '<from>',
      'a service, a container, `host`, or `lan`: a neighbour on the network of this machine',
    )
    .argument('<to>', 'name:port, address:port or service:port; with /udp behind it for UDP')
    .option('--probe', 'make a real attempt as well, and compare')
    .option('--json', 'as JSON')
    .addHelpText(
      'before',
      examples([
        'berth trace web db:5432              does web reach db, and if not, why',
        'berth trace host 127.0.0.1:8080      from this machine to a published port',
        'berth trace lan web:80 --probe       from a neighbour; tried for real too',
        'berth trace web clock:53/udp         UDP',
      ]),
    )
    .addHelpText('after', '\nThe exit code is 0 when it is reachable and 1 when it is not.')
    .action(verb(trace));
}

async function trace(context: CliContext, from: string, to: string, flags: Flags): Promise<number> {
  const client = await engineFor(context);
  const project = await projectIfAny(context);
  const name = context.globals.projectName ?? project?.name;
  const request = { from, to, probe: flags.probe ?? false, ...(name !== undefined && { project: name }) };
  const report = await client.own.trace(request);
  if (flags.json) context.out.line(JSON.stringify(withPlaces(report, project), undefined, 2));
  else context.out.write(traceText(report, { terminal: context.out, project, base: process.cwd() }));
  return report.reachable ? 0 : 1;
}

/** The files only add where a thing would be changed: a trace needs none, and their mistakes are not its business. */
async function projectIfAny(context: CliContext): Promise<Project | undefined> {
  const { loadProject } = await import('../../compose/index.ts');
  try {
    return (await loadProject(loadOptionsOf(context.globals))).project;
  } catch (error) {
    if (error instanceof BerthError) return undefined;
    throw error;
  }
}

function withPlaces(report: TraceReport, project: Project | undefined): object {
  const remedies = report.remedies.map((remedy) => {
    const isOurs = project !== undefined && remedy.project === project.name;
    return { ...remedy, at: isOurs ? project.at(remedy.composePath ?? []) : undefined };
  });
  return { ...report, remedies };
}
