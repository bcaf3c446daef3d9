import { Command } from 'commander';
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
    .option('-q, --quiet', 'names only')
    .option('--format <format>', 'table, json for JSON lines, or a template: {{.Name}}', 'table')
    .addHelpText('before', examples(['berth volumes', "berth volumes --format json | jq -r '.Mountpoint'"]))
    .action(verb(list));
}

async function list(context: CliContext, flags: VolumesFlags): Promise<undefined> {
  const { client, projectName } = await namedStack(context, []);
  const filters = { label: [`${label.project}=${projectName}`] };
  const { Volumes: volumes } = await client.listVolumes({ filters });
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
