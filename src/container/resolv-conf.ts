import { ipBytes } from '../host/ip-bytes.ts';

/** What /etc/resolv.conf of a container is made of. */
export interface ResolvConfRequest {
  /** The text of the host's own file. */
  readonly hostText: string;
  /** `embedded`: Berth's resolver at 127.0.0.11; `copied`: the host's servers; `host`: the host's file as it is. */
  readonly mode: 'embedded' | 'copied' | 'host';
  /** What the container asked for; empty: the host's. */
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  /** False: IPv6 servers are of no use to the container. */
  readonly ipv6: boolean;
}

/** The settings in a resolv.conf. */
export interface ResolvConf {
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
  /** Lines with directives that only some resolvers know. */
  readonly other: readonly string[];
}

const EMBEDDED_RESOLVER = '127.0.0.11';
const PUBLIC_SERVERS = ['8.8.8.8', '8.8.4.4'];
const PUBLIC_SERVERS_IPV6 = ['2001:4860:4860::8888', '2001:4860:4860::8844'];

/** The text of a container's /etc/resolv.conf. */
export function resolvConfFor(request: ResolvConfRequest): string {
  const asked = request.dns.length + request.dnsSearch.length + request.dnsOptions.length > 0;
  if (request.mode === 'host' && !asked) return request.hostText;
  const host = parseResolvConf(request.hostText);
  const search = request.dnsSearch.length > 0 ? request.dnsSearch : host.search;
  const lines = [
    '# Written by Berth.',
    '',
    ...nameserversFor(request, host).map((server) => `nameserver ${server}`),
    ...(search.length === 0 || search.includes('.') ? [] : [`search ${search.join(' ')}`]),
    ...optionsLine(request, host),
    ...host.other,
  ];
  return lines.join('\n') + '\n';
}

/** The name servers that Berth's resolver asks for names that it does not own. */
export function upstreamServersOf(request: Pick<ResolvConfRequest, 'hostText' | 'dns'>): readonly string[] {
  return request.dns.length > 0 ? request.dns : parseResolvConf(request.hostText).nameservers;
}

/**
 * Reads a resolv.conf. The last `search` or `domain` line counts, as in libc; comments, and servers that are no
 * addresses, are dropped.
 */
export function parseResolvConf(text: string): ResolvConf {
  const nameservers: string[] = [];
  const options: string[] = [];
  const other: string[] = [];
  let search: string[] = [];
  for (const line of text.split('\n')) {
    const [directive = '', ...words] = line
      .replace(/^\s*[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (directive === 'nameserver') nameservers.push(...words.slice(0, 1).filter(isAddress));
    else if (directive === 'search' || directive === 'domain') search = words;
    else if (directive === 'options') options.push(...words);
    else if (directive !== '') other.push(line.trim());
  }
  return { nameservers, search, options, other };
}

function nameserversFor(request: ResolvConfRequest, host: ResolvConf): readonly string[] {
  if (request.mode === 'embedded') return [EMBEDDED_RESOLVER];
  if (request.dns.length > 0) return request.dns;
  if (request.mode === 'host') return host.nameservers;
  const reachable = host.nameservers.filter(
    (server) => !isLoopback(server) && (request.ipv6 || !server.includes(':')),
  );
  if (reachable.length > 0) return reachable;
  return [...PUBLIC_SERVERS, ...(request.ipv6 ? PUBLIC_SERVERS_IPV6 : [])];
}

/** With the embedded resolver a plain service name is asked as it is: `ndots:0`, unless a valid one is set. */
function optionsLine(request: ResolvConfRequest, host: ResolvConf): string[] {
  const chosen = request.dnsOptions.length > 0 ? request.dnsOptions : host.options;
  if (request.mode !== 'embedded') return chosen.length > 0 ? [`options ${chosen.join(' ')}`] : [];
  const valid = chosen.filter((option) => !option.startsWith('ndots') || /^ndots:\d+$/.test(option));
  const all = valid.some((option) => option.startsWith('ndots:')) ? valid : [...valid, 'ndots:0'];
  return [`options ${all.join(' ')}`];
}

/** A link-local address may name its interface: `fe80::1%eth0`. */
function isAddress(text: string): boolean {
  return ipBytes(text.replace(/%.+$/, '')) !== undefined;
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
