import type { Command } from 'commander';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { engineFor } from '../engine.ts';
import { collect } from '../globals.ts';
import { examples } from '../overview.ts';
import { orUndefined } from '../resources.ts';
import { integer, pairs } from '../values.ts';

interface ConnectFlags {
  readonly ip?: string;
  readonly ip6?: string;
  readonly linkLocalIp?: readonly string[];
  readonly alias?: readonly string[];
  readonly link?: readonly string[];
  readonly driverOpt?: Readonly<Record<string, string>>;
  readonly gwPriority?: number;
}

export function addNetworkConnections(network: Command): void {
  network
    .command('connect <network> <container>')
    .description('put a container on a further network, while it runs')
    .option('--ip <address>', 'its IPv4 address there')
    .option('--ip6 <address>', 'its IPv6 address there')
    .option('--link-local-ip <address>', 'a further address of 169.254.0.0/16 or fe80::/10', collect)
    .option('--alias <name>', 'a further name there; may be given several times', collect)
    .option('--link <container:alias>', 'a name by which it knows another container', collect)
    .option('--driver-opt <key=value>', 'such as com.docker.network.endpoint.ifname=lan0', pairs)
    .option('--gw-priority <n>', 'the network with the highest gives the default route', integer)
    .addHelpText(
      'before',
      examples([
        'berth network connect shop_back shop-web-1',
        'berth network connect --ip 172.30.0.9 --gw-priority 1 lab shop-web-1',
      ]),
    )
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

async function connect(
  context: CliContext,
  name: string,
  container: string,
  flags: ConnectFlags,
): Promise<number> {
  const client = await engineFor(context);
  const addresses = orUndefined({
    IPv4Address: flags.ip,
    IPv6Address: flags.ip6,
    LinkLocalIPs: flags.linkLocalIp && [...flags.linkLocalIp],
  });
  const settings = orUndefined({
    IPAMConfig: addresses,
    Aliases: [...(flags.alias ?? [])],
    Links: flags.link && [...flags.link],
    DriverOpts: flags.driverOpt,
    GwPriority: flags.gwPriority,
  });
  await client.getNetwork(name).connect({
    Container: container,
    EndpointConfig: settings,
  });
  return 0;
}
