import type { Command } from 'commander';
import type Dockerode from 'dockerode';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { engineFor } from '../engine.ts';
import { collect } from '../globals.ts';
import { templateFormat, type Row } from '../output/template.ts';
import { table } from '../output/table.ts';
import { examples } from '../overview.ts';
import { forEachName, inspectAll } from '../resources.ts';
import { filters } from '../values.ts';

interface ListFlags {
  readonly quiet?: boolean;
  readonly trunc: boolean;
  readonly filter?: readonly string[];
  readonly format: string;
}

export function addNetworkListing(network: Command): void {
  network
    .command('ls')
    .alias('list')
    .description('list the networks')
    .option('-q, --quiet', 'ids only')
    .option('--no-trunc', 'ids in full')
    .option(
      '-f, --filter <key=value>',
      'dangling, driver, id, label, name, scope, type (custom or builtin); may be given several times',
      collect,
    )
    .option('--format <format>', 'table, json (one object a line), or a template such as {{.Name}}', 'table')
    .addHelpText(
      'before',
      examples([
        'berth network ls',
        'berth network ls --filter type=custom -q',
        "berth network ls --format '{{.Name}} {{.Driver}}'",
      ]),
    )
    .action(verb(list));
  network
    .command('inspect <names...>')
    .description('print networks as the Docker Engine API has them')
    .option('-f, --format <template>', 'a template such as {{.Driver}} or {{json .IPAM}}')
    .option('-v, --verbose', 'accepted for habit')
    .addHelpText(
      'before',
      examples(['berth network inspect hehe', "berth network inspect -f '{{json .IPAM.Config}}' hehe"]),
    )
    .action(verb(inspect));
}

async function list(context: CliContext, flags: ListFlags): Promise<number> {
  const format = templateFormat(flags.format);
  const client = await engineFor(context);
  const networks = await client.listNetworks(flags.filter ? { filters: filters(flags.filter) } : {});
  networks.sort((a, b) => (a.Name < b.Name ? -1 : 1));
  const idOf = ({ Id }: { readonly Id: string }): string => (flags.trunc ? Id.slice(0, 12) : Id);
  const rows = networks.map((network) => rowOf(network, idOf(network)));
  if (flags.quiet) networks.forEach((one) => context.out.line(idOf(one)));
  else if (format) context.out.write(format(rows));
  else if (flags.format === 'json') rows.forEach((row) => context.out.line(JSON.stringify(row)));
  else context.out.write(tableOf(networks, idOf));
  return 0;
}

async function inspect(context: CliContext, names: string[], flags: { format?: string }): Promise<number> {
  const format = templateFormat(flags.format);
  const client = await engineFor(context);
  const look = (name: string): Promise<object> => client.getNetwork(name).inspect();
  if (!format) return inspectAll(context, names, look);
  const quiet = { err: context.err, out: { ...context.out, line: () => undefined } };
  return forEachName(quiet, names, async (name) => context.out.write(format([{ ...(await look(name)) }])));
}

function tableOf(
  networks: readonly Dockerode.NetworkInspectInfo[],
  idOf: (network: Dockerode.NetworkInspectInfo) => string,
): string {
  const rows = networks.map((network) => {
    const subnets = (network.IPAM?.Config ?? []).map(({ Subnet }) => Subnet ?? '');
    const { Name, Driver, Scope, Internal } = network;
    return [idOf(network), Name, Driver, Scope, subnets.join(', '), Internal ? 'internal' : ''];
  });
  return table(['NETWORK ID', 'NAME', 'DRIVER', 'SCOPE', 'SUBNET', 'KIND'], rows);
}

/** The fields of `docker network ls --format`, and the subnets. */
function rowOf(network: Dockerode.NetworkInspectInfo, id: string): Row {
  const { Name, Driver, Scope, Internal, EnableIPv6, Created, Labels = {} } = network;
  return {
    ID: id,
    Name,
    Driver,
    Scope,
    IPv4: String((network as { readonly EnableIPv4?: boolean }).EnableIPv4 ?? true),
    IPv6: String(EnableIPv6),
    Internal: String(Internal),
    Labels: Object.entries(Labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
    CreatedAt: Created,
    Subnets: (network.IPAM?.Config ?? []).map(({ Subnet }) => Subnet ?? '').join(','),
  };
}
