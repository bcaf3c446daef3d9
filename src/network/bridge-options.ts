import { EngineError } from '../model/errors.ts';
import type { NetworkSpec } from '../model/network.ts';
import { parseAddress } from './cidr.ts';

/** How the containers of a network meet the world, for one address family. */
export type GatewayMode = 'nat' | 'nat-unprotected' | 'routed' | 'isolated';

const BRIDGE = 'com.docker.network.bridge';
const MTU = 'com.docker.network.driver.mtu';
const MODES: readonly GatewayMode[] = ['nat', 'nat-unprotected', 'routed', 'isolated'];
const MODE_OPTIONS = { ipv4: `${BRIDGE}.gateway_mode_ipv4`, ipv6: `${BRIDGE}.gateway_mode_ipv6` } as const;
const FLAGS = [`${BRIDGE}.enable_icc`, `${BRIDGE}.enable_ip_masquerade`, `${BRIDGE}.inhibit_ipv4`];
const TRUSTED = `${BRIDGE}.trusted_host_interfaces`;
const IFACE_PREFIX = 'com.docker.network.container_iface_prefix';
const SOURCES = { ipv4: 'com.docker.network.host_ipv4', ipv6: 'com.docker.network.host_ipv6' } as const;
const ENABLED = { ipv4: 'com.docker.network.enable_ipv4', ipv6: 'com.docker.network.enable_ipv6' } as const;
const BRIDGE_OPTIONS = [
  `${BRIDGE}.name`,
  `${BRIDGE}.host_binding_ipv4`,
  MTU,
  ...FLAGS,
  ...Object.values(MODE_OPTIONS),
  TRUSTED,
  IFACE_PREFIX,
  ...Object.values(SOURCES),
  ...Object.values(ENABLED),
];
const MACVLAN_OPTIONS = ['parent', 'macvlan_mode', MTU, IFACE_PREFIX, ...Object.values(ENABLED)];
const WITHOUT_EFFECT = [`${BRIDGE}.default_bridge`];

/** The option `com.docker.network.bridge.<name>` of a network, in Go's words for yes and no. */
export function bridgeFlag({ options }: NetworkSpec, name: string, fallback: boolean): boolean {
  return parseFlag(options[`${BRIDGE}.${name}`] ?? '') ?? fallback;
}

export function gatewayMode({ options }: NetworkSpec, family: 'ipv4' | 'ipv6'): GatewayMode {
  const value = options[MODE_OPTIONS[family]];
  return MODES.find((mode) => mode === value) ?? 'nat';
}

/** Devices from where the addresses of containers may be used. */
export function trustedInterfaces({ options }: NetworkSpec): string[] {
  return (options[TRUSTED] ?? '').split(':').filter((name) => name !== '');
}

/** The addresses that outgoing traffic takes, where the network names them. */
export function sourceAddresses({ options }: NetworkSpec): { ipv4?: string; ipv6?: string } {
  const { [SOURCES.ipv4]: ipv4, [SOURCES.ipv6]: ipv6 } = options;
  return { ...(ipv4 && { ipv4 }), ...(ipv6 && { ipv6 }) };
}

/** The network with the families that its options switch on or off, which count more than the rest of the request. */
export function withFamilies(spec: NetworkSpec): NetworkSpec {
  const switched = (family: 'ipv4' | 'ipv6'): boolean | undefined => {
    const value = spec.options[ENABLED[family]];
    if (value === undefined) return undefined;
    const flag = parseFlag(value);
    if (flag === undefined)
      throw invalid(unparsable(ENABLED[family], value, 'ParseBool'), 'write true or false');
    return flag;
  };
  return {
    ...spec,
    enableIPv4: switched('ipv4') ?? spec.enableIPv4,
    enableIPv6: switched('ipv6') ?? spec.enableIPv6,
  };
}

/** Refuses values that make no sense, in Docker's words. Throws EngineError. */
export function checkOptions(spec: NetworkSpec): void {
  const { options } = spec;
  if (spec.driver === 'bridge') checkBridgeOptions(spec);
  const mtu = options[MTU];
  if (mtu !== undefined && !(/^\d{1,5}$/.test(mtu) && Number(mtu) >= 68 && Number(mtu) <= 65_535)) {
    throw invalid(unparsable(MTU, mtu, 'Atoi'), 'write bytes from 68 to 65535');
  }
}

function checkBridgeOptions({ options, internal }: NetworkSpec): void {
  for (const option of Object.values(MODE_OPTIONS)) {
    const value = options[option] ?? 'nat';
    if (!MODES.some((mode) => mode === value)) {
      throw invalid(`unknown gateway mode ${value}`, `${option} is one of ${MODES.join(', ')}`);
    }
    if (value === 'isolated' && !internal) {
      const text = `gateway mode 'isolated' can only be used for an internal network`;
      throw invalid(text, 'add internal: true (network create --internal)');
    }
  }
  for (const [family, option] of Object.entries(SOURCES)) {
    const value = options[option] ?? '';
    if (value === '' || parseAddress(value)?.version === (family === 'ipv4' ? 4 : 6)) continue;
    throw invalid(
      `invalid ${option} value: ${value}`,
      `write an ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address of this host`,
    );
  }
  for (const option of FLAGS) {
    const value = options[option];
    if (value === undefined || value === '' || parseFlag(value) !== undefined) continue;
    throw invalid(unparsable(option, value, 'ParseBool'), 'write true or false');
  }
}

/** What is worth saying of the options: those that nobody knows, as Docker would not, and those without effect here. */
export function optionWarnings({ options, driver }: NetworkSpec): string[] {
  const known = driver === 'macvlan' ? MACVLAN_OPTIONS : BRIDGE_OPTIONS;
  return Object.keys(options).flatMap((option) => {
    if (known.includes(option)) return [];
    if (WITHOUT_EFFECT.includes(option)) return [`the option ${option} has no effect here`];
    const near = nearest(option, known);
    const advice = near === undefined ? '' : `; did you mean ${near}?`;
    return [`unknown option ${option}, which has no effect${advice}`];
  });
}

/** As Go says it. */
function unparsable(option: string, value: string, parser: 'Atoi' | 'ParseBool'): string {
  return `failed to parse ${option} value: ${value} (strconv.${parser}: parsing ${JSON.stringify(value)}: invalid syntax)`;
}

function parseFlag(text: string): boolean | undefined {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  return /^(0|f|F|FALSE|false|False)$/.test(text) ? false : undefined;
}

function invalid(text: string, hint: string): EngineError {
  return new EngineError(400, 'NETWORK_OPTION_INVALID', text, { hint });
}

/** The known option that differs least, when that is little. */
function nearest(option: string, options: readonly string[]): string | undefined {
  const [best] = options
    .map((known) => ({ known, distance: distance(option, known) }))
    .toSorted((a, b) => a.distance - b.distance);
  return best && best.distance <= 3 ? best.known : undefined;
}

/** How many letters to change, add or drop (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let line = 0; line < one.length; line += 1) {
    const next = [line + 1];
    for (let column = 0; column < other.length; column += 1) {
      const change = (row[column] ?? 0) + (one.charAt(line) === other.charAt(column) ? 0 : 1);
      next.push(Math.min(change, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
