import { Command } from 'commander';
import { UsageError } from '../../model/errors.ts';
import { replicasOf } from '../../stack/replicas.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { copyIn, copyOut } from '../copy.ts';
import { namedStack } from '../named-stack.ts';
import { examples } from '../overview.ts';
import { wholeNumber } from '../values.ts';

interface CpFlags {
  readonly index?: number;
  readonly all?: boolean;
  readonly archive?: boolean;
  readonly followLink?: boolean;
}

export function cpCommand(): Command {
  return new Command('cp')
    .description('copy files between a service and this machine; its containers need not run')
    .argument('<from>', 'PATH, SERVICE:PATH, or - for a tar on stdin')
    .argument('<to>', 'PATH, SERVICE:PATH, or - for a tar on stdout')
    .option('--index <n>', 'of this replica; without it from the first, and into all', wholeNumber)
    .option('--all', 'containers of `run`, too')
    .option('-a, --archive', 'keep owners')
    .option('-L, --follow-link', 'copy what a link leads to, not the link')
    .option('--dry-run', 'show what would be copied, change nothing')
    .addHelpText(
      'before',
      examples([
        'berth cp web:/etc/nginx/nginx.conf .      out of a service',
        'berth cp ./site/. web:/usr/share/site     what is in a folder, into every replica',
        'berth cp web:/var/log - | tar t           as a tar',
      ]),
    )
    .action(verb(cp));
}

async function cp(context: CliContext, from: string, to: string, flags: CpFlags): Promise<undefined> {
  const [source, target] = [placeOf(from), placeOf(to)];
  const inside = source.service ?? target.service;
  if (inside === undefined || (source.service !== undefined && target.service !== undefined)) {
    throw new UsageError('BAD_VALUE', 'one of the two places must be in a service: SERVICE:PATH');
  }
  const { client, projectName } = await namedStack(context, [inside]);
  const oneOffs = flags.all ?? false;
  const about = { projectName, service: inside, index: flags.index, oneOffs };
  const containers = await replicasOf(client, about);
  const options = { archive: flags.archive ?? false, followLink: flags.followLink ?? false };
  const chosen = source.service === undefined ? containers : containers.slice(0, 1);
  for (const { id, name } of chosen) {
    const [left, right] =
      source.service === undefined ? [from, `${name}:${target.path}`] : [`${name}:${source.path}`, to];
    if (!context.globals.dryRun) {
      const container = client.getContainer(id);
      const copy = source.service === undefined ? copyIn : copyOut;
      await copy(container, { from: source.path, to: target.path }, options);
    }
    const mark = context.globals.dryRun ? 'would copy' : context.err.colours.good('✔');
    if (to !== '-' && context.globals.progress !== 'quiet') context.err.line(` ${mark} ${left} → ${right}`);
  }
}

/** `web:/etc` is in a service; `./a:b`, `/a:b` and `-` are not. */
function placeOf(text: string): { service?: string; path: string } {
  const [, service, path] = /^([a-zA-Z0-9][a-zA-Z0-9_.-]*):(.*)$/s.exec(text) ?? [];
  if (service === undefined || path === undefined) return { path: text };
  return { service, path: path.startsWith('/') ? path : `/${path}` };
}
