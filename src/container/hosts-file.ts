/** What /etc/hosts of a container is made of. */
export interface HostsFileRequest {
  readonly hostname: string;
  readonly domainname: string;
  /** Addresses of the container, in the order of its endpoints, IPv4 before IPv6. */
  readonly addresses: readonly string[];
  /** `name:address` or `name=address`; the address may be `host-gateway` and may be an IPv6 address in brackets. */
  readonly extraHosts: readonly string[];
  /** What `host-gateway` means; empty: such entries are left out. */
  readonly hostGateway: readonly string[];
  readonly enableIPv6: boolean;
}

const LOOPBACK_IPV6 = [
  ['::1', 'localhost ip6-localhost ip6-loopback'],
  ['fe00::', 'ip6-localnet'],
  ['ff00::', 'ip6-mcastprefix'],
  ['ff02::1', 'ip6-allnodes'],
  ['ff02::2', 'ip6-allrouters'],
] as const;

/** The text of /etc/hosts, with tabs, as Docker writes it: loopback, extra hosts, then the container itself. */
export function hostsFileFor(request: HostsFileRequest): string {
  const names = request.domainname
    ? `${request.hostname}.${request.domainname} ${request.hostname}`
    : request.hostname;
  const lines: (readonly [string, string])[] = [
    ['127.0.0.1', 'localhost'],
    ...(request.enableIPv6 ? LOOPBACK_IPV6 : []),
    ...request.extraHosts.flatMap((entry) => extraHostLines(entry, request.hostGateway)),
    ...request.addresses.map((address) => [address, names] as const),
  ];
  return lines.map(([address, name]) => `${address}\t${name}\n`).join('');
}

/** The text without the lines of one address of the container: what a disconnect leaves. */
export function withoutHost(text: string, address: string, hostname: string): string {
  return text
    .split('\n')
    .filter((line) => {
      const [first, ...names] = line.split(/\s+/);
      return first !== address || !names.includes(hostname);
    })
    .join('\n');
}

function extraHostLines(entry: string, hostGateway: readonly string[]): (readonly [string, string])[] {
  const separator = /[=:]/.exec(entry)?.index ?? entry.length;
  const name = entry.slice(0, separator);
  const address = entry.slice(separator + 1).replace(/^\[(.*)\]$/, '$1');
  const addresses = address === 'host-gateway' ? hostGateway : [address];
  return addresses.filter(Boolean).map((each) => [each, name] as const);
}
