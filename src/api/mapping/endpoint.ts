import type { EndpointRecord, EndpointSettings } from '../../model/network.ts';
import type { BodyReader } from './body-reader.ts';

/** An EndpointSettings body: what a client asks of one attachment. */
export function endpointSettings(body: BodyReader): EndpointSettings {
  const ipam = body.object('IPAMConfig');
  const linkLocalIps = ipam.list('LinkLocalIPs');
  const ipv4Address = ipam.text('IPv4Address');
  const ipv6Address = ipam.text('IPv6Address');
  const macAddress = body.text('MacAddress');
  const links = body.list('Links');
  const driverOpts = body.texts('DriverOpts');
  return {
    aliases: body.list('Aliases'),
    ...(ipv4Address && { ipv4Address }),
    ...(ipv6Address && { ipv6Address }),
    ...(macAddress && { macAddress }),
    ...(links.length > 0 && { links }),
    ...(linkLocalIps.length > 0 && { linkLocalIps }),
    ...(Object.keys(driverOpts).length > 0 && { driverOpts }),
    ...(body.number('GwPriority') !== 0 && { gwPriority: body.number('GwPriority') }),
  };
}

/** An entry of `NetworkSettings.Networks`. */
export interface EndpointBody {
  readonly IPAMConfig: {
    IPv4Address?: string;
    IPv6Address?: string;
    LinkLocalIPs?: readonly string[];
  } | null;
  readonly Links: readonly string[] | null;
  readonly Aliases: readonly string[] | null;
  readonly MacAddress: string;
  readonly DriverOpts: Readonly<Record<string, string>> | null;
  readonly GwPriority: number;
  readonly NetworkID: string;
  readonly EndpointID: string;
  readonly Gateway: string;
  readonly IPAddress: string;
  readonly IPPrefixLen: number;
  readonly IPv6Gateway: string;
  readonly GlobalIPv6Address: string;
  readonly GlobalIPv6PrefixLen: number;
  readonly DNSNames: readonly string[];
}

/** What an endpoint hears: the names of its container. */
export interface EndpointOwner {
  readonly id: string;
  readonly name: string;
  readonly hostname: string;
  /** Addresses are in force. */
  readonly live: boolean;
}

/** Names work on user-defined networks only. Aliases are those that somebody asked for. */
export function endpointBody(endpoint: EndpointRecord, owner: EndpointOwner): EndpointBody {
  const { settings } = endpoint;
  const shortId = owner.id.slice(0, 12);
  const named =
    endpoint.networkName !== 'bridge' && endpoint.networkName !== 'host' && endpoint.networkName !== 'none';
  const names = [owner.name, ...settings.aliases, shortId, owner.hostname];
  return {
    IPAMConfig: ipamConfig(settings),
    ...asked(settings),
    GwPriority: settings.gwPriority ?? 0,
    NetworkID: endpoint.networkId,
    DNSNames: named ? [...new Set(names.filter((name) => name !== ''))] : [],
    ...(owner.live ? liveAddresses(endpoint) : noAddresses(settings)),
  };
}

/** Settings of a network that the container was never attached to yet. */
export function pendingEndpointBody(settings: EndpointSettings): EndpointBody {
  return {
    IPAMConfig: ipamConfig(settings),
    ...asked(settings),
    GwPriority: settings.gwPriority ?? 0,
    NetworkID: '',
    DNSNames: [],
    ...noAddresses(settings),
  };
}

/** What nobody asked for is null, as Go writes lists and maps that it never made. */
function asked({
  links,
  aliases,
  driverOpts,
}: EndpointSettings): Pick<EndpointBody, 'Links' | 'Aliases' | 'DriverOpts'> {
  return {
    Links: links ?? null,
    Aliases: aliases.length > 0 ? aliases : null,
    DriverOpts: driverOpts ?? null,
  };
}

type Addresses = Pick<
  EndpointBody,
  | 'MacAddress'
  | 'EndpointID'
  | 'Gateway'
  | 'IPAddress'
  | 'IPPrefixLen'
  | 'IPv6Gateway'
  | 'GlobalIPv6Address'
  | 'GlobalIPv6PrefixLen'
>;

function liveAddresses(endpoint: EndpointRecord): Addresses {
  return {
    MacAddress: endpoint.macAddress,
    EndpointID: endpoint.id,
    Gateway: endpoint.ipv4Gateway,
    IPAddress: endpoint.ipv4Address,
    IPPrefixLen: endpoint.ipv4PrefixLength,
    IPv6Gateway: endpoint.ipv6Gateway,
    GlobalIPv6Address: endpoint.ipv6Address,
    GlobalIPv6PrefixLen: endpoint.ipv6PrefixLength,
  };
}

function noAddresses(settings: EndpointSettings): Addresses {
  return {
    MacAddress: settings.macAddress ?? '',
    EndpointID: '',
    Gateway: '',
    IPAddress: '',
    IPPrefixLen: 0,
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
  };
}

function ipamConfig({
  ipv4Address,
  ipv6Address,
  linkLocalIps,
}: EndpointSettings): EndpointBody['IPAMConfig'] {
  if (!ipv4Address && !ipv6Address && !linkLocalIps) return null;
  return {
    ...(ipv4Address && { IPv4Address: ipv4Address }),
    ...(ipv6Address && { IPv6Address: ipv6Address }),
    ...(linkLocalIps && { LinkLocalIPs: linkLocalIps }),
  };
}
