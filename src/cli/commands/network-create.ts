import type { Command } from 'commander';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { engineFor } from '../engine.ts';
import { collect } from '../globals.ts';
import { ipamOf, type IpamFlags } from '../ipam-flags.ts';
import { examples } from '../overview.ts';
import { orUndefined } from '../resources.ts';
import { pairs, yesOrNo } from '../values.ts';

interface CreateFlags extends IpamFlags {
  readonly driver: string;
  readonly internal?: boolean;
  readonly attachable?: boolean;
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
  readonly scope?: string;
  readonly ingress?: boolean;
  readonly configOnly?: boolean;
  readonly configFrom?: string;
  readonly opt?: Readonly<Record<string, string>>;
  readonly label?: Readonly<Record<string, string>>;
}

export function addNetworkCreate(network: Command): void {
  network
    .command('create <name>')
    .description('make a network that several projects may share')
    .option('-d, --driver <driver>', 'bridge, or macvlan with -o parent=eth0', 'bridge')
    .option('--subnet <cidr>', 'such as 172.30.0.0/24; may be given several times', collect)
    .option('--gateway <address>', 'of the subnet that it lies in', collect)
    .option('--ip-range <cidr>', 'part of a subnet for addresses that are not fixed', collect)
    .option('--aux-address <name=address>', 'an address that is never given out', pairs)
    .option('--internal', 'no way out of it, and none in')
    .option('--attachable', 'accepted for habit')
    .option('--ipv4 [yes]', 'IPv4 addresses; --ipv4=false for none', yesOrNo)
    .option('--ipv6 [yes]', 'IPv6 addresses as well; without a subnet a private one is chosen', yesOrNo)
    .option('-o, --opt <key=value>', 'option of the driver', pairs)
    .option('--label <key=value>', 'a label', pairs)
    .option('--ipam-driver <driver>', 'default is the one there is')
    .option('--ipam-opt <key=value>', 'kept and shown; nothing reads it', pairs)
    .option('--scope <scope>', 'local is the one there is')
    .option('--ingress', 'refused: there is no swarm')
    .option('--config-only', 'refused: there is no swarm')
    .option('--config-from <network>', 'refused: there is no swarm')
    .addHelpText(
      'before',
      examples([
        'berth network create hehe',
        'berth network create --subnet 172.30.0.0/24 --gateway 172.30.0.1 lab',
        'berth network create --internal vault',
        'berth network create -d macvlan --subnet 192.168.1.0/24 --gateway 192.168.1.1 -o parent=eth0 lan',
      ]),
    )
    .action(verb(create));
}

async function create(context: CliContext, name: string, flags: CreateFlags): Promise<number> {
  const body = {
    Name: name,
    CheckDuplicate: true,
    Driver: flags.driver,
    Internal: flags.internal ?? false,
    Attachable: flags.attachable ?? false,
    EnableIPv6: flags.ipv6 ?? false,
    Options: { ...flags.opt },
    Labels: { ...flags.label },
    ...orUndefined({
      EnableIPv4: flags.ipv4,
      Scope: flags.scope,
      Ingress: flags.ingress,
      ConfigOnly: flags.configOnly,
    }),
    ...(flags.configFrom !== undefined && { ConfigFrom: { Network: flags.configFrom } }),
    ...ipamOf(flags),
  };
  const client = await engineFor(context);
  const made = await client.createNetwork(body);
  for (const line of made.warning.split('\n').filter((text) => text !== ''))
    context.err.line(`${context.err.colours.warning('warning:')} ${line}`);
  context.out.line(made.id);
  return 0;
}
