import type { ActionHandler, ActionOf } from '../model/action.ts';
import { forgetUdpFlows, type Flow } from '../host/conntrack.ts';
import { shellLine } from '../host/exec.ts';
import { ipKey } from '../host/ip-bytes.ts';
import { listAddresses, withNetlink } from '../host/netlink.ts';

type Flush = ActionOf<'conntrack-flush'>;

/**
 * UDP has no end that could be seen: a client that goes on sending keeps its flow, and with it the translation of its
 * first packet. When a container ends, the flows that lead to it are forgotten; when one starts, those to its port that
 * lead elsewhere. What goes to the same port of other machines, or to other containers, is left alone.
 */
export const conntrackFlush: ActionHandler<'conntrack-flush'> = {
  describe: ({ family, hostIp, hostPort, containerIp, when }) =>
    shellLine([
      ...['conntrack', '-D', '-f', family, '-p', 'udp', '--orig-port-dst', String(hostPort)],
      ...(hostIp === '' ? [] : ['--orig-dst', hostIp]),
      ...(when === 'ends' ? ['--reply-src', containerIp] : []),
    ]) + (when === 'ends' ? '' : `   # to this machine, and not to ${containerIp} yet`),
  perform: (flush) => {
    const { family, hostPort: port } = flush;
    const isOurs = flush.hostIp === '' && flush.when === 'starts' ? localAddresses() : new Set<string>();
    forgetUdpFlows({ family, port }, (flow) => isStale(flow, flush, isOurs));
  },
};

/** Whether a flow to the host port is not what it would be if it began now. Pure. */
export function isStale(
  { original, reply }: Flow,
  { hostIp, containerIp, when }: Pick<Flush, 'hostIp' | 'containerIp' | 'when'>,
  addressesOfHost: ReadonlySet<string>,
): boolean {
  const leadsToContainer = ipKey(reply.source) === ipKey(containerIp);
  if (hostIp !== '' && ipKey(original.destination) !== ipKey(hostIp)) return false;
  if (when === 'ends') return leadsToContainer;
  return !leadsToContainer && (hostIp !== '' || addressesOfHost.has(ipKey(original.destination) ?? ''));
}

function localAddresses(): Set<string> {
  const addresses = withNetlink(undefined, listAddresses);
  return new Set(addresses.map(({ cidr }) => ipKey(cidr.split('/')[0] ?? '') ?? ''));
}
