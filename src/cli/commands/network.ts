import { Command } from 'commander';
import type Dockerode from 'dockerode';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { engineFor } from '../engine.ts';
import { collect } from '../globals.ts';
import { table } from '../output/table.ts';
import { examples } from '../overview.ts';
import { forEachName, inspectAll, orUndefined } from '../resources.ts';
import { pairs } from '../values.ts';
import { graphCommand } from './network-graph.ts';

interface CreateFlags {
  readonly driver: string;
  readonly subnet?: readonly string[];
  readonly gateway?: readonly string[];
  readonly ipRange?: readonly string[];
  readonly auxAddress?: Readonly<Record<string, string>>;
  readonly internal?: boolean;
  readonly attachable?: boolean;
  readonly ipv6?: boolean;
  readonly opt?: Readonly<Record<string, string>>;
  readonly label?: Readonly<Record<string, string>>;
}

export function networkCommand(): Command {
  const network = new Command('network')
    .description('networks of the engine')
    .addHelpText(
      'before',
      examples(['berth network create hehe', 'berth network inspect hehe', 'berth network rm hehe']),
    );
  addListing(network);
  addCreate(network);
  addConnections(network);
  network.addCommand(graphCommand());
  network
    .command('prune')
    .description('remove all networks that no container is on')
    .option('-f, --force', 'accepted for habit; nothing is asked')
    .action(verb(prune));
  return network;
}

function addListing(network: Command): void {
  network
    .command('ls')
    .alias('list')
    .description('list the networks')
    .option('-q, --quiet', 'ids only')
    .option('--format <format>', 'table, or json: one object a line', 'table')
    .addHelpText('before', examples(['berth network ls', 'berth network ls --format json']))
    .action(verb(list));
  network
    .command('inspect <names...>')
    .description('print networks as the Docker Engine API has them')
    .addHelpText('before', examples(['berth network inspect hehe']))
    .action(
      verb(async (context: CliContext, names: string[]) => {
        const client = await engineFor(context);
        return inspectAll(context, names, (name) => client.getNetwork(name).inspect());
      }),
    );
  network
    .command('rm <names...>')
    .alias('remove')
    .description('remove networks')
    .addHelpText('before', examples(['berth network rm hehe']))
    .action(
      verb(async (context: CliContext, names: string[]) => {
        const client = await engineFor(context);
        return forEachName(context, names, (name) => client.getNetwork(name).remove());
      }),
    );
}

function addCreate(network: Command): void {
  network
    .command('create <name>')
    .description('make a network that several projects may share')
    .option('-d, --driver <driver>', 'bridge is the one for containers', 'bridge')
    .option('--subnet <cidr>', 'such as 172.30.0.0/24; may be given several times', collect)
    .option('--gateway <address>', 'of the subnet given at the same place', collect)
    .option('--ip-range <cidr>', 'part of the subnet for addresses that are not fixed', collect)
    .option('--aux-address <name=address>', 'an address that is never given out', pairs)
    .option('--internal', 'no way out of it, and none in')
    .option('--attachable', 'accepted for habit')
    .option('--ipv6', 'IPv6 addresses as well')
    .option('-o, --opt <key=value>', 'option of the driver', pairs)
    .option('--label <key=value>', 'a label', pairs)
    .addHelpText(
      'before',
      examples([
        'berth network create hehe',
        'berth network create --subnet 172.30.0.0/24 --gateway 172.30.0.1 lab',
        'berth network create --internal vault',
      ]),
    )
    .action(verb(create));
}

function addConnections(network: Command): void {
  network
    .command('connect <network> <container>')
    .description('put a container on a further network, while it runs')
    .option('--ip <address>', 'its IPv4 address there')
    .option('--ip6 <address>', 'its IPv6 address there')
    .option('--alias <name>', 'a further name there; may be given several times', collect)
    .addHelpText('before', examples(['berth network connect shop_back shop-web-1']))
    .action(verb(connect));
  network
    .command('disconnect <network> <container>')
    .description('take a container off a network, while it runs')
    .option('-f, --force', 'even if the container is not there')
    .addHelpText('before', examples(['berth network disconnect shop_back shop-web-1']))
    .action(
      verb(async (context: CliContext, name: string, container: string, flags: { force?: boolean }) => {
        const client = await engineFor(context);
        await client.getNetwork(name).disconnect({ Container: container, Force: flags.force ?? false });
        return 0;
      }),
    );
}

async function list(context: CliContext, flags: { quiet?: boolean; format: string }): Promise<number> {
  const client = await engineFor(context);
  const networks = await client.listNetworks();
  networks.sort((a, b) => (a.Name < b.Name ? -1 : 1));
  if (flags.quiet) networks.forEach(({ Id }) => context.out.line(Id.slice(0, 12)));
  else if (flags.format === 'json') networks.forEach((one) => context.out.line(JSON.stringify(one)));
  else context.out.write(table(['NETWORK ID', 'NAME', 'DRIVER', 'SUBNET', 'KIND'], networks.map(rowOf)));
  return 0;
}

function rowOf(network: Dockerode.NetworkInspectInfo): string[] {
  const subnets = (network.IPAM?.Config ?? []).map(({ Subnet }) => Subnet ?? '');
  const { Id, Name, Driver, Internal } = network;
  return [Id.slice(0, 12), Name, Driver, subnets.join(', '), Internal ? 'internal' : ''];
}

async function create(context: CliContext, name: string, flags: CreateFlags): Promise<number> {
  const client = await engineFor(context);
  const made = await client.createNetwork({
    Name: name,
    CheckDuplicate: true,
    Driver: flags.driver,
    Internal: flags.internal ?? false,
    Attachable: flags.attachable ?? false,
    EnableIPv6: flags.ipv6 ?? false,
    Options: { ...flags.opt },
    Labels: { ...flags.label },
    ...ipamOf(flags),
  });
  for (const line of made.warning.split('\n').filter((text) => text !== ''))
    context.err.line(`${context.err.colours.warning('warning:')} ${line}`);
  context.out.line(made.id);
  return 0;
}

function ipamOf(flags: CreateFlags): { IPAM?: Dockerode.IPAM } {
  const { subnet = [], gateway = [], ipRange = [], auxAddress } = flags;
  const count = Math.max(subnet.length, gateway.length, ipRange.length);
  if (count === 0) return {};
  const pools = Array.from({ length: count }, (_, index) =>
    orUndefined({
      Subnet: subnet[index],
      Gateway: gateway[index],
      IPRange: ipRange[index],
      AuxiliaryAddresses: index === 0 ? auxAddress : undefined,
    }),
  );
  return { IPAM: { Driver: 'default', Config: pools } };
}

async function connect(
  context: CliContext,
  name: string,
  container: string,
  flags: { ip?: string; ip6?: string; alias?: readonly string[] },
): Promise<number> {
  const client = await engineFor(context);
  const addresses = orUndefined({ IPv4Address: flags.ip, IPv6Address: flags.ip6 });
  await client.getNetwork(name).connect({
    Container: container,
    EndpointConfig: { IPAMConfig: addresses, Aliases: [...(flags.alias ?? [])] },
  });
  return 0;
}

async function prune(context: CliContext): Promise<number> {
  const client = await engineFor(context);
  const { NetworksDeleted: removed } = await client.pruneNetworks();
  for (const name of (removed as string[] | null) ?? []) context.out.line(name);
  return 0;
}
