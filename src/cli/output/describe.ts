import type { EngineClientLike } from '../../stack/engine-client.ts';

/** Facts about what was just made, as one line; empty when they can't be had, since they only illustrate. */
export function describerFor(client: EngineClientLike): (kind: string, name: string) => Promise<string> {
  return async (kind, name) => {
    try {
      if (kind === 'network') return await networkFacts(client, name);
      if (kind === 'container') return await containerFacts(client, name);
    } catch {
      return '';
    }
    return '';
  };
}

async function networkFacts(client: EngineClientLike, name: string): Promise<string> {
  const network = await client.getNetwork(name).inspect();
  const bridge =
    network.Driver === 'macvlan'
      ? ['macvlan', network.Options?.['parent'] ?? ''].filter((word) => word !== '').join(' on ')
      : (network.Options?.['com.docker.network.bridge.name'] ?? `br-${network.Id.slice(0, 12)}`);
  const subnets = (network.IPAM?.Config ?? []).map(({ Subnet }) => Subnet ?? '');
  return [bridge, ...subnets, ...(network.Internal ? ['internal'] : [])].join('  ');
}

async function containerFacts(client: EngineClientLike, name: string): Promise<string> {
  const info = await client.getContainer(name).inspect();
  const addresses = Object.values(info.NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
  return [addresses.filter((address) => address !== '').join(', '), info.Config.Image]
    .filter((text) => text !== '')
    .join('  ');
}
