import { run } from '../host/exec.ts';
import { copyPacketTable, pastePacketTable } from '../host/packet-table-copy.ts';
import type { PacketTableCopy } from '../host/packet-table-copy.ts';
import { HostError } from '../model/errors.ts';

/** The address at which containers find their resolver. */
export const RESOLVER_ADDRESS = '127.0.0.11';

/** Where the resolver listens in the namespace. Texts are for display. */
export interface ResolverPorts {
  readonly udpPort: number | string;
  readonly tcpPort: number | string;
}

/**
 * The text for `iptables-restore --noflush` in a container's namespace: what goes to 127.0.0.11:53 arrives at the
 * ports where the resolver listens, and its answers come from port 53 again. `repeated`: the jumps to our chains
 * stand already.
 */
export function resolverRedirect(
  { udpPort, tcpPort }: ResolverPorts,
  { repeated }: { readonly repeated: boolean } = { repeated: false },
): string {
  const jumps = [`OUTPUT -d ${HOST} -j BERTH_OUTPUT`, `POSTROUTING -d ${HOST} -j BERTH_POSTROUTING`];
  return [
    '*nat',
    ':BERTH_OUTPUT - [0:0]',
    ':BERTH_POSTROUTING - [0:0]',
    ...(repeated ? jumps.map((jump) => `-D ${jump}`) : []),
    ...jumps.map((jump) => `-A ${jump}`),
    ...pair('tcp', tcpPort),
    ...pair('udp', udpPort),
    'COMMIT',
    '',
  ].join('\n');
}

/**
 * Puts the redirect in force, also when an earlier one stands there. The program that writes rules takes longer than
 * all else that a namespace needs: it runs for the first, and those with the same ports get the kernel's copy of that.
 * Throws HostError.
 */
export async function applyResolverRedirect({
  netns,
  repeated = false,
  ...ports
}: ResolverPorts & { readonly netns: string; readonly repeated?: boolean }): Promise<void> {
  if (repeated) return restoreAgain(netns, ports);
  const key = `${ports.udpPort} ${ports.tcpPort}`;
  const copy = first?.key === key ? await first.copy : undefined;
  if (copy && pastePacketTable(copy, netns)) return;
  const restoring = restore(netns, ports, false);
  // One that cannot be copied is not read again.
  if (first?.key !== key) first = { key, copy: restoring.then(() => copyOf(netns)).catch(() => undefined) };
  await restoring;
  await first.copy;
}

/** Whether the namespace has what we put there; false also where more stands there, or where that can not be told. */
export function redirectStands(netns: string): boolean {
  return copyOf(netns) !== undefined;
}

const HOST = `${RESOLVER_ADDRESS}/32`;

let first: { readonly key: string; readonly copy: Promise<PacketTableCopy | undefined> } | undefined;

/** Undefined when more stands there than we wrote, or where rules are not kept in nf_tables. */
function copyOf(netns: string): PacketTableCopy | undefined {
  const copy = copyPacketTable(netns);
  return copy?.name === 'nat' && copy.rules.length === RULES ? copy : undefined;
}

async function restore(netns: string, ports: ResolverPorts, repeated: boolean): Promise<void> {
  const input = resolverRedirect(ports, { repeated });
  await run(['iptables-restore', '--noflush', '--wait'], { netns, input });
}

async function restoreAgain(netns: string, ports: ResolverPorts): Promise<void> {
  try {
    await restore(netns, ports, true);
  } catch (error) {
    // No jump to replace: the namespace is new, or its rules were flushed.
    if (!(error instanceof HostError && error.code === 'HOST_COMMAND_FAILED')) throw error;
    await restore(netns, ports, false);
  }
}

/** Two jumps, and a pair of rules for each protocol. */
const RULES = 6;

function pair(protocol: 'tcp' | 'udp', port: number | string): string[] {
  return [
    `-A BERTH_OUTPUT -d ${HOST} -p ${protocol} -m ${protocol} --dport 53 -j DNAT --to-destination ${RESOLVER_ADDRESS}:${port}`,
    `-A BERTH_POSTROUTING -s ${HOST} -p ${protocol} -m ${protocol} --sport ${port} -j SNAT --to-source :53`,
  ];
}
