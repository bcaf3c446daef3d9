import type { EndpointRecord, NetworkRecord } from '../../src/model/network.ts';

/** A network record with an id of `0123456789ab…`. */
export function networkOf(changes: {
  readonly name?: string;
  readonly id?: string;
  readonly subnet?: string;
  readonly gateway?: string;
  readonly subnet6?: string;
  readonly internal?: boolean;
  readonly options?: Readonly<Record<string, string>>;
}): NetworkRecord {
  const id = changes.id ?? '0123456789ab'.repeat(6).slice(0, 64);
  const v6 = changes.subnet6
    ? [{ subnet: changes.subnet6, gateway: changes.subnet6.replace(/\/.*/, '1') }]
    : [];
  return {
    id,
    spec: {
      name: changes.name ?? 'shop_front',
      driver: 'bridge',
      internal: changes.internal ?? false,
      attachable: false,
      enableIPv4: true,
      enableIPv6: changes.subnet6 !== undefined,
      ipam: [],
      options: changes.options ?? {},
      labels: {},
    },
    bridge: `br-${id.slice(0, 12)}`,
    pools: [{ subnet: changes.subnet ?? '172.18.0.0/16', gateway: changes.gateway ?? '172.18.0.1' }, ...v6],
    created: '2026-01-01T00:00:00.000000000Z',
    userSubnet: false,
    state: 'ready',
  };
}

/** An endpoint on `networkOf({})`. */
export function endpointOf(changes: Partial<EndpointRecord>): EndpointRecord {
  return {
    id: 'e'.repeat(64),
    networkId: '0123456789ab'.repeat(6).slice(0, 64),
    networkName: 'shop_front',
    settings: { aliases: [] },
    interfaceName: 'eth0',
    hostInterface: 'veth0123456',
    macAddress: '02:42:ac:12:00:02',
    ipv4Address: '172.18.0.2',
    ipv4PrefixLength: 16,
    ipv4Gateway: '172.18.0.1',
    ipv6Address: '',
    ipv6PrefixLength: 0,
    ipv6Gateway: '',
    ...changes,
  };
}
