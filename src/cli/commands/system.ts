import { Command } from 'commander';
import type { DiskUsage } from '../../client/client.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { engineFor } from '../engine.ts';
import { collect } from '../globals.ts';
import { table } from '../output/table.ts';
import { templateFormat, type Row } from '../output/template.ts';
import { examples } from '../overview.ts';
import { sizeText } from '../resources.ts';
import { filtersOf, removedLines } from './image-listing.ts';

export function systemCommand(): Command {
  const system = new Command('system')
    .description('what the engine keeps on the disk, and how to be rid of it')
    .addHelpText('before', examples(['berth system df', 'berth system prune']));
  system
    .command('df')
    .description('disk space of images, containers and volumes')
    .option('-v, --verbose', 'each of them')
    .option('--format <format>', 'table, json, or a template', 'table')
    .addHelpText('before', examples(['berth system df', 'berth system df --format json']))
    .action(verb(usage));
  system
    .command('prune')
    .description('remove stopped containers, unused networks, and images without a name')
    .option('-a, --all', 'every image that no container uses, too')
    .option('--volumes', 'anonymous volumes that no container uses, too')
    .option('--filter <filter>', 'until=24h, label=…; may be given several times', collect)
    .option('-f, --force', 'accepted for habit; nothing is asked')
    .addHelpText('before', examples(['berth system prune', 'berth system prune -a --volumes']))
    .action(verb(prune));
  return system;
}

async function usage(context: CliContext, flags: { verbose?: boolean; format: string }): Promise<number> {
  const client = await engineFor(context);
  const found = await client.df();
  const rows = [imageRow(found), containerRow(found), volumeRow(found)];
  const template = templateFormat(flags.format);
  if (template) context.out.write(template(rows));
  else if (flags.format === 'json') rows.forEach((row) => context.out.line(JSON.stringify(row)));
  else {
    const columns = ['Type', 'TotalCount', 'Active', 'Size', 'Reclaimable'];
    const titles = ['TYPE', 'TOTAL', 'ACTIVE', 'SIZE', 'RECLAIMABLE'];
    context.out.write(
      table(
        titles,
        rows.map((row) => columns.map((name) => String(row[name]))),
      ),
    );
    if (flags.verbose) context.out.write(`\n${everything(found)}`);
  }
  return 0;
}

function imageRow({ Images, LayersSize }: DiskUsage): Row {
  const unused = Images.filter(({ Containers }) => Containers === 0);
  const free = unused.reduce((sum, { Size }) => sum + Size, 0);
  return rowOf('Images', {
    total: Images.length,
    active: Images.length - unused.length,
    bytes: LayersSize,
    free: Math.min(free, LayersSize),
  });
}

function containerRow({ Containers }: DiskUsage): Row {
  const sizeOf = (one: object): number =>
    'SizeRw' in one && typeof one.SizeRw === 'number' ? one.SizeRw : 0;
  const stopped = Containers.filter(({ State }) => State !== 'running');
  const sum = (list: readonly object[]): number =>
    list.reduce((total: number, one) => total + sizeOf(one), 0);
  const active = Containers.length - stopped.length;
  return rowOf('Containers', {
    total: Containers.length,
    active,
    bytes: sum(Containers),
    free: sum(stopped),
  });
}

function volumeRow({ Volumes }: DiskUsage): Row {
  const unused = Volumes.filter(({ UsageData }) => (UsageData?.RefCount ?? 0) === 0);
  const sum = (list: DiskUsage['Volumes']): number =>
    list.reduce((total, { UsageData }) => total + Math.max(0, UsageData?.Size ?? 0), 0);
  const active = Volumes.length - unused.length;
  return rowOf('Local Volumes', { total: Volumes.length, active, bytes: sum(Volumes), free: sum(unused) });
}

function rowOf(type: string, about: { total: number; active: number; bytes: number; free: number }): Row {
  const { total, active, bytes, free } = about;
  const share = bytes === 0 ? '' : ` (${Math.round((free / bytes) * 100)}%)`;
  return {
    Type: type,
    TotalCount: String(total),
    Active: String(active),
    Size: sizeText(bytes),
    Reclaimable: sizeText(free) + share,
  };
}

function everything({ Images, Containers, Volumes }: DiskUsage): string {
  const images = Images.map(({ RepoTags, Containers: count, Size }) => [
    'image',
    RepoTags?.[0] ?? '<none>',
    sizeText(Size),
    String(count),
  ]);
  const containers = Containers.map(({ Names, State }) => [
    'container',
    (Names[0] ?? '').replace(/^\//, ''),
    '',
    State,
  ]);
  const volumes = Volumes.map(({ Name, UsageData }) => [
    'volume',
    Name,
    sizeText(Math.max(0, UsageData?.Size ?? 0)),
    String(UsageData?.RefCount ?? 0),
  ]);
  return table(['TYPE', 'NAME', 'SIZE', 'USED BY'], [...images, ...containers, ...volumes]);
}

async function prune(
  context: CliContext,
  flags: { all?: boolean; volumes?: boolean; filter?: readonly string[] },
): Promise<number> {
  const client = await engineFor(context);
  const filters = filtersOf(flags.filter ?? []);
  const tell = (title: string, names: readonly string[] | null | undefined): void => {
    if (!names || names.length === 0) return;
    context.out.line(`${title}:\n${names.join('\n')}\n`);
  };
  const containers = await client.pruneContainers({ filters });
  tell('Deleted Containers', containers.ContainersDeleted);
  tell('Deleted Networks', (await client.pruneNetworks({ filters })).NetworksDeleted);
  // Volumes have no age to ask for.
  const labels = Object.fromEntries(Object.entries(filters).filter(([key]) => key !== 'until'));
  const volumes = flags.volumes ? await client.pruneVolumes({ filters: labels }) : undefined;
  tell('Deleted Volumes', volumes?.VolumesDeleted);
  const wanted = { ...filters, dangling: [flags.all === true ? 'false' : 'true'] };
  const images = await client.pruneImages({ filters: wanted });
  tell('Deleted Images', removedLines(images.ImagesDeleted));
  const freed = containers.SpaceReclaimed + (volumes?.SpaceReclaimed ?? 0) + images.SpaceReclaimed;
  context.out.line(`Total reclaimed space: ${sizeText(freed)}`);
  return 0;
}
