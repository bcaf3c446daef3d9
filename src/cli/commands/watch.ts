import { Command } from 'commander';
import type { EngineClient } from '../../client/client.ts';
import type { Project } from '../../model/compose.ts';
import { carryOut, planForUp } from '../../stack/up.ts';
import { watchRules } from '../../watch/rules.ts';
import { verb } from '../action.ts';
import { attach } from '../attach.ts';
import type { CliContext } from '../context.ts';
import { examples } from '../overview.ts';
import { projectWithEngine } from '../project-with-engine.ts';
import { showPlan } from '../run-plan.ts';
import { watching, type WatchFlags } from '../watching.ts';

interface Flags extends WatchFlags {
  readonly up: boolean;
}

export function watchCommand(): Command {
  return new Command('watch')
    .description(
      'bring the services up, and bring changes of their files to them; Ctrl-C leaves them running',
    )
    .argument('[services...]', 'only what these say to watch')
    .option('--no-up', 'watch what runs already, bring nothing up')
    .option('--prune', 'take away images that a rebuild has left without a name')
    .option('--quiet', 'without the output of builds and of commands that a change runs')
    .option('--dry-run', 'show what would be watched, change nothing')
    .addHelpText(
      'before',
      examples([
        'berth watch                  up, logs, and every change of a file',
        'berth watch --no-up web      only the rules of web, in a stack that runs',
        'berth up --watch             the same, but Ctrl-C stops the services',
      ]),
    )
    .action(verb(watch));
}

async function watch(context: CliContext, services: string[], flags: Flags): Promise<number> {
  const { project, client } = await projectWithEngine(context, services);
  if (context.globals.dryRun) {
    showRules(context, project, services);
    return 0;
  }
  const companion = watching({ context, client, project, services, flags });
  const startedAt = Date.now();
  if (flags.up) await bringUp(context, { client, project, services });
  await attach({
    context,
    client,
    projectName: project.name,
    services,
    startedAt,
    flags: { color: true, logPrefix: true },
    stop: () => Promise.resolve(),
    companion,
  });
  return 130;
}

async function bringUp(
  context: CliContext,
  { client, project, services }: { client: EngineClient; project: Project; services: readonly string[] },
): Promise<void> {
  const stack = { client, project, signal: context.signal, emit: () => undefined };
  const plan = await planForUp(stack, { services });
  await showPlan({
    context,
    client,
    plan,
    carryOut: (emit) => carryOut({ ...stack, emit }, plan, undefined),
  });
}

function showRules(context: CliContext, project: Project, services: readonly string[]): void {
  for (const { service, action, path, target } of watchRules(project, services)) {
    context.out.line(`${service}: ${action} ${path}${target === undefined ? '' : ` → ${target}`}`);
  }
}
