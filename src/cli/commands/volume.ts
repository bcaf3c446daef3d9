import { Command } from 'commander';
import type Dockerode from 'dockerode';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { engineFor } from '../engine.ts';
import { collect } from '../globals.ts';
import { table } from '../output/table.ts';
import { templateFormat, type Row } from '../output/template.ts';
import { examples } from '../overview.ts';
import { forEachName, inspectAll } from '../resources.ts';
import { badValue, pairs } from '../values.ts';

export function volumeCommand(): Command {
  const volume = new Command('volume')
    .description('volumes of the engine')
    .addHelpText('before', examples(['berth volume ls', 'berth volume rm shop_data']));
  addListing(volume);
  addChanges(volume);
  return volume;
}

function addListing(volume: Command): void {
  volume
    .command('ls')
    .alias('list')
    .description('list the volumes')
    .option('-q, --quiet', 'names only')
    .option('--format <template>', 'table, json: one object a line, or a template: {{.Name}}', 'table')
    .option('--filter <key=value>', 'dangling, driver, label or name; may be given several times', collect)
    .addHelpText('before', examples(['berth volume ls', 'berth volume ls --filter dangling=true']))
    .action(verb(list));
  volume
    .command('inspect <names...>')
    .description('print volumes as the Docker Engine API has them')
    .addHelpText('before', examples(['berth volume inspect shop_data']))
    .action(
      verb(async (context: CliContext, names: string[]) => {
        const client = await engineFor(context);
        return inspectAll(context, names, (name) => client.getVolume(name).inspect());
      }),
    );
}

function addChanges(volume: Command): void {
  volume
    .command('create [name]')
    .description('make a volume')
    .option('-d, --driver <driver>', 'local is the one there is', 'local')
    .option('-o, --opt <key=value>', 'option of the driver', pairs)
    .option('--label <key=value>', 'a label', pairs)
    .addHelpText('before', examples(['berth volume create shared']))
    .action(verb(create));
  volume
    .command('rm <names...>')
    .alias('remove')
    .description('remove volumes, with their data')
    .option('-f, --force', 'do not mind volumes that are not there')
    .addHelpText('before', examples(['berth volume rm shop_data']))
    .action(
      verb(async (context: CliContext, names: string[], flags: { force?: boolean }) => {
        const client = await engineFor(context);
        return forEachName(context, names, (name) =>
          client.getVolume(name).remove({ force: flags.force ?? false }),
        );
      }),
    );
  volume
    .command('prune')
    .description('remove the anonymous volumes that no container uses')
    .option('-a, --all', 'named ones as well')
    .option('-f, --force', 'accepted for habit; nothing is asked')
    .option('--filter <label=value>', 'only those with this label; may be given several times', collect)
    .addHelpText('before', examples(['berth volume prune']))
    .action(verb(prune));
}

async function list(
  context: CliContext,
  flags: { quiet?: boolean; format: string; filter?: readonly string[] },
): Promise<number> {
  const format = templateFormat(flags.format);
  const filters = filtersOf(flags.filter ?? []);
  const client = await engineFor(context);
  const { Volumes: volumes } = await client.listVolumes({ filters });
  volumes.sort((a, b) => (a.Name < b.Name ? -1 : 1));
  if (flags.quiet) volumes.forEach(({ Name }) => context.out.line(Name));
  else if (format) context.out.write(format(volumes.map(rowOf)));
  else if (flags.format === 'json') volumes.forEach((one) => context.out.line(JSON.stringify(one)));
  else {
    const rows = volumes.map(({ Driver, Name, Mountpoint }) => [Driver, Name, Mountpoint]);
    context.out.write(table(['DRIVER', 'NAME', 'FOLDER'], rows));
  }
  return 0;
}

async function create(
  context: CliContext,
  name: string | undefined,
  flags: { driver: string; opt?: Record<string, string>; label?: Record<string, string> },
): Promise<number> {
  const client = await engineFor(context);
  const made = await client.createVolume({
    ...(name !== undefined && { Name: name }),
    Driver: flags.driver,
    DriverOpts: { ...flags.opt },
    Labels: { ...flags.label },
  });
  context.out.line(made.name);
  return 0;
}

async function prune(
  context: CliContext,
  flags: { all?: boolean; filter?: readonly string[] },
): Promise<number> {
  const filters = { ...filtersOf(flags.filter ?? []), dangling: ['true'] };
  const client = await engineFor(context);
  const { Volumes: unused } = await client.listVolumes({ filters });
  const names = unused.map(({ Name }) => Name).filter((name) => flags.all === true || isAnonymous(name));
  return forEachName(context, names, (name) => client.getVolume(name).remove());
}

/** The names that templates of the docker CLI use. */
function rowOf({ Name, Driver, Mountpoint, Scope, Labels }: Dockerode.VolumeInspectInfo): Row {
  const labels = Object.entries(Labels).map(([key, value]) => `${key}=${value}`);
  return { Name, Driver, Mountpoint, Scope, Labels: labels.join(',') };
}

/** `label=a=b` → `{label: ['a=b']}`. The engine says which there are. */
function filtersOf(texts: readonly string[]): Record<string, string[]> {
  const filters: Record<string, string[]> = {};
  for (const text of texts) {
    const separator = text.indexOf('=');
    if (separator < 1) throw badValue(text, 'a filter such as name=data');
    const key = text.slice(0, separator);
    filters[key] = [...(filters[key] ?? []), text.slice(separator + 1)];
  }
  return filters;
}

function isAnonymous(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}
