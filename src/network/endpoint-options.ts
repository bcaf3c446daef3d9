import { EngineError } from '../model/errors.ts';
import type { EndpointSettings, NetworkSpec } from '../model/network.ts';
import { parseAddress, parseCidr, containsAddress } from './cidr.ts';
import { LONGEST_INTERFACE_NAME } from './interface-names.ts';

const IFNAME = 'com.docker.network.endpoint.ifname';
const SYSCTLS = 'com.docker.network.endpoint.sysctls';
const ANNOUNCEMENTS = 'com.docker.network.advertise_addr_nmsgs';
const PREFIX = 'com.docker.network.container_iface_prefix';
/** Stands in a kernel parameter for the name that the interface gets. */
const PLACEHOLDER = 'IFNAME';
/** Docker's client writes all of `docker run --network name=…,driver-opt=…` in small letters. */
const PLACEHOLDER_OF_ANY_CASE = /\bifname\b/i;

/** A kernel parameter of an interface, with the interface's name in its place. */
export interface InterfaceParameter {
  readonly key: string;
  readonly value: string;
}

/** The name that the interface shall have inside the container, if one is asked for. */
export function wantedInterfaceName({ driverOpts }: EndpointSettings): string | undefined {
  return driverOpts?.[IFNAME] || undefined;
}

/**
 * The name of an interface inside a container: the one asked for, else the network's prefix (`eth`) and the lowest
 * number that `taken` leaves. Throws EngineError when the name is taken.
 */
export function interfaceNameFor(
  {
    settings,
    network,
  }: { readonly settings: EndpointSettings; readonly network: Pick<NetworkSpec, 'options'> },
  taken: readonly string[],
): string {
  const wanted = wantedInterfaceName(settings);
  if (wanted !== undefined) {
    if (!taken.includes(wanted)) return wanted;
    throw refused(`interface name ${wanted} is already in use`, 'give each network of the container another');
  }
  const prefix = network.options[PREFIX] || 'eth';
  const isFree = (index: number): boolean => !taken.includes(`${prefix}${String(index)}`);
  let index = 0;
  while (!isFree(index)) index += 1;
  return `${prefix}${String(index)}`;
}

/** The kernel parameters that an endpoint asks for: `net.ipv4.conf.IFNAME.log_martians=1,…`. */
export function interfaceParameters(
  { driverOpts }: EndpointSettings,
  interfaceName: string,
): InterfaceParameter[] {
  const texts = (driverOpts?.[SYSCTLS] ?? '').split(',').map((text) => text.trim());
  return texts
    .filter((text) => text !== '')
    .map((text) => {
      const [key = '', ...value] = text.split('=');
      const name = interfaceName.includes('.') ? key.replaceAll('.', '/') : key;
      return { key: name.replace(PLACEHOLDER_OF_ANY_CASE, interfaceName), value: value.join('=') };
    });
}

/**
 * Whether neighbours shall be told of the address: they may know an old MAC address for it. Ours follows from the IPv4
 * address, so it is of use where somebody chose the MAC, and on a LAN, where others had the address before.
 */
export function announcesItself({ driverOpts, macAddress }: EndpointSettings, isOnLan: boolean): boolean {
  const count = driverOpts?.[ANNOUNCEMENTS];
  return count === undefined ? isOnLan || macAddress !== undefined : Number(count) > 0;
}

/** Refuses settings that cannot be. Throws EngineError ENDPOINT_OPTION_INVALID. */
export function checkEndpointSettings(settings: EndpointSettings): void {
  const name = wantedInterfaceName(settings);
  if (name !== undefined && !isInterfaceName(name)) {
    throw refused(
      `invalid interface name ${JSON.stringify(name)}`,
      `a name has at most ${String(LONGEST_INTERFACE_NAME)} letters, without blanks, slashes and colons, and is not lo`,
    );
  }
  for (const text of (settings.driverOpts?.[SYSCTLS] ?? '').split(',').filter((part) => part.trim() !== '')) {
    if (/^\s*net\.(ipv4|ipv6|mpls)\.[\w.-]*\bifname\b[\w.-]*=\S/i.test(text)) continue;
    throw refused(
      `unrecognised network interface sysctl ${JSON.stringify(text)}`,
      `write net.ipv4.conf.${PLACEHOLDER}.NAME=VALUE, with the word ${PLACEHOLDER} for the interface`,
    );
  }
  const count = settings.driverOpts?.[ANNOUNCEMENTS];
  if (count !== undefined && !/^[0-3]$/.test(count)) {
    throw refused(`invalid ${ANNOUNCEMENTS} value: ${count}`, 'write a number from 0 to 3');
  }
  for (const address of settings.linkLocalIps ?? []) linkLocalCidr(address);
}

/** A link-local address with the length of its range. Throws EngineError ENDPOINT_OPTION_INVALID. */
export function linkLocalCidr(text: string): string {
  const address = parseAddress(text);
  const range = LINK_LOCAL.find((cidr) => {
    const parsed = parseCidr(cidr);
    return address && parsed?.version === address.version && containsAddress(parsed, address);
  });
  if (!range) {
    throw refused(`invalid link local IP address: ${text}`, `it lies in ${LINK_LOCAL.join(' or ')}`);
  }
  return `${text}/${text.includes(':') ? '64' : '16'}`;
}

const LINK_LOCAL = ['169.254.0.0/16', 'fe80::/10'];

function isInterfaceName(name: string): boolean {
  return name.length <= LONGEST_INTERFACE_NAME && !/[\s/:]/.test(name) && !['.', '..', 'lo'].includes(name);
}

function refused(text: string, hint: string): EngineError {
  return new EngineError(400, 'ENDPOINT_OPTION_INVALID', `invalid endpoint settings:\n${text}`, { hint });
}
