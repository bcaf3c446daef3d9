import { Command } from 'commander';
import type { Project } from '../../model/compose.ts';
import { label } from '../../plan/labels.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { namedStack } from '../named-stack.ts';
import { table } from '../output/table.ts';
import { templateFormat } from '../output/template.ts';
import { examples } from '../overview.ts';

interface VolumesFlags {
  readonly quiet?: boolean;
  readonly format: string;
}

export function volumesCommand(): Command {
  return new Command('volumes')
    .description('list the volumes of the project')
    .argument('[services...]', 'only those that these use')
    .option('-q, --quiet', 'names only')
    .option('--format <format>', 'table, json for JSON lines, or a template: {{.Name}}', 'table')
    .addHelpText('before', examples(['berth volumes', "berth volumes --format json | jq -r '.Mountpoint'"]))
    .action(verb(list));
}

async function list(context: CliContext, services: string[], flags: VolumesFlags): Promise<undefined> {
  const { client, projectName, project } = await namedStack(context, services);
  const filters = { label: [`${label.project}=${projectName}`] };
  const { Volumes: all } = await client.listVolumes({ filters });
  const used = services.length > 0 ? keysOf(project, services) : undefined;
  const volumes = all.filter(({ Labels }) => used?.has(Labels[label.volume] ?? '') ?? true);
  const lines = (texts: readonly string[]) => texts.map((text) => text + '\n').join('');
  const format = templateFormat(flags.format);
  if (format) context.out.write(format(volumes.map((volume) => ({ ...volume }))));
  else if (flags.quiet) context.out.write(lines(volumes.map(({ Name }) => Name)));
  else if (flags.format === 'json') context.out.write(lines(volumes.map((volume) => JSON.stringify(volume))));
  else
    context.out.write(
      table(
        ['NAME', 'DRIVER', 'PATH'],
        volumes.map(({ Name, Driver, Mountpoint }) => [Name, Driver, Mountpoint]),
      ),
    );
}

/** The volumes of the file that services mount. */
function keysOf(project: Project | undefined, services: readonly string[]): Set<string> {
  const mounts = services.flatMap((name) => project?.model.services[name]?.volumes ?? []);
  return new Set(
    mounts.flatMap(({ type, source }) => (type === 'volume' && source !== undefined ? [source] : [])),
  );
}
