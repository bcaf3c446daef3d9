/** One address range of a network. All addresses are texts without prefix length unless named CIDR. */
export interface IpamConfig {
  /** CIDR, such as `172.18.0.0/16`. Absent in a request: the engine takes one from the default pools. */
  readonly subnet?: string;
  /** CIDR within the subnet from which dynamic addresses are taken. */
  readonly ipRange?: string;
  readonly gateway?: string;
  /** Name → address: reserved, never given out. */
  readonly auxAddresses?: Readonly<Record<string, string>>;
}

/** What a client asks for when it creates a network. */
export interface NetworkSpec {
  readonly name: string;
  readonly driver: 'bridge' | 'host' | 'null' | 'macvlan';
  readonly internal: boolean;
  readonly attachable: boolean;
  readonly enableIPv4: boolean;
  readonly enableIPv6: boolean;
  readonly ipam: readonly IpamConfig[];
  readonly ipamOptions?: Readonly<Record<string, string>>;
  /** Driver options, such as `com.docker.network.bridge.name`. */
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** A network as the engine keeps it. */
export interface NetworkRecord {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly spec: NetworkSpec;
  /** Name of the bridge interface; empty for networks of other drivers. */
  readonly bridge: string;
  /** The device of the host that a macvlan network shares. */
  readonly parent?: string;
  /** The parent was made for it: a VLAN subinterface, or a wire that leads nowhere. It goes with the network. */
  readonly madeParent?: 'vlan' | 'wire';
  /** The ranges in force, each with subnet and gateway filled in. */
  readonly pools: readonly IpamPool[];
  /** Bytes: MTU of its devices when its options name none. Absent: 1500. */
  readonly mtu?: number;
  /** RFC 3339 with nanoseconds. */
  readonly created: string;
  /** True when `ipam` of the request named a subnet: static addresses are allowed only then. */
  readonly userSubnet: boolean;
  readonly state: 'creating' | 'ready' | 'removing';
  /** The default bridge while no container is on it: recorded, but not made on the host. */
  readonly dormant?: boolean;
}

/** An IPAM pool: a subnet with its gateway and what may be given out of it. */
export interface IpamPool {
  readonly subnet: string;
  readonly gateway: string;
  readonly ipRange?: string;
  readonly auxAddresses?: Readonly<Record<string, string>>;
}

/** How a container asks to be attached to one network. */
export interface EndpointSettings {
  readonly aliases: readonly string[];
  readonly ipv4Address?: string;
  readonly ipv6Address?: string;
  readonly macAddress?: string;
  readonly links?: readonly string[];
  readonly driverOpts?: Readonly<Record<string, string>>;
  readonly gwPriority?: number;
  /** Further addresses of 169.254.0.0/16 and fe80::/10, without prefix length. */
  readonly linkLocalIps?: readonly string[];
}

/** A container's attachment to a network, live or remembered. */
export interface EndpointRecord {
  readonly id: string;
  readonly networkId: string;
  readonly networkName: string;
  readonly settings: EndpointSettings;
  /** Interface name inside the namespace: `eth0`, … in the order of attachment. */
  readonly interfaceName: string;
  /** Interface name on the host: `veth` + 7 hexadecimal digits; empty on a macvlan network, which has none there. */
  readonly hostInterface: string;
  readonly macAddress: string;
  readonly ipv4Address: string;
  readonly ipv4PrefixLength: number;
  readonly ipv4Gateway: string;
  readonly ipv6Address: string;
  readonly ipv6PrefixLength: number;
  readonly ipv6Gateway: string;
}

export type Protocol = 'tcp' | 'udp' | 'sctp';

/** A request to publish one container port. */
export interface PortRequest {
  readonly containerPort: number;
  readonly protocol: Protocol;
  /** Empty: every address, IPv4 and IPv6. */
  readonly hostIp: string;
  /** First host port; 0: any free port. */
  readonly hostPort: number;
  /** Last host port of a range from which one free port is taken; equal to `hostPort` for one port. */
  readonly hostPortEnd: number;
}

/** A published port in force: one host address, one host port. */
export interface PublishedPort {
  readonly containerPort: number;
  readonly protocol: Protocol;
  readonly hostIp: string;
  readonly hostPort: number;
}
