import { chainNames } from '../../network/firewall/chains.ts';
import type { Passage } from '../../network/firewall/packet-walk.ts';
import type { ContainerRecord } from '../../model/container.ts';
import type { TraceRemedy } from '../../model/trace.ts';
import { inCompose, joinRemedies } from './names.ts';
import { networkTitle, serviceKey } from './parties.ts';
import type { End } from './trail.ts';
import type { TraceWorld } from './world.ts';

/** What is known of a packet that a rule stopped. */
export interface Dropped {
  readonly passage: Passage;
  readonly table: string;
  /** Who sent it, when that is a container. */
  readonly sender: ContainerRecord | undefined;
  /** For whom it was, when that is a container. */
  readonly receiver: ContainerRecord | undefined;
  readonly outInterface: string;
  readonly port: number;
}

/** Why the rule is there, and what would change it. Pure. */
export function reasonOf(world: TraceWorld, dropped: Dropped): End {
  const chains = chainNames(world.owner);
  const last = dropped.passage.chains.at(-1) ?? '';
  const { passage, table, sender, receiver, port } = dropped;
  const title = receiver ? (serviceKey(receiver) ?? receiver.spec.name) : 'it';
  const share = sender && receiver ? joinRemedies(world, sender, receiver) : [];
  const publish = receiver ? [publishRemedy(receiver, port)] : [];
  if (table === 'raw' && last === chains.direct) {
    return {
      reason: `${title}'s own address is answered on its own network only.`,
      remedies: [...share, ...usePublished(receiver, port)],
    };
  }
  if (last === chains.isolation2) {
    return { reason: 'they are on separate networks.', remedies: [...share, ...publish] };
  }
  if (last === chains.internal) return internalReason(world, dropped, share);
  if (last === chains.ports) return { reason: `${title} does not publish port ${port}.`, remedies: publish };
  if (last === chains.forward) return iccReason(world, dropped);
  const who = last === chains.user ? 'a rule of your own' : "a rule that is not Berth's";
  const rule = passage.rule ? `-A ${last} ${passage.rule.text}` : `the policy of ${last}`;
  return {
    reason: `${who} stops it: ${rule}`,
    remedies: passage.rule
      ? [{ text: 'take that rule away', command: `iptables -t ${table} -D ${last} ${passage.rule.text}` }]
      : [{ text: 'change that policy', command: `iptables -P ${last} ACCEPT` }],
  };
}

/** Publishing a port, where the compose file has them. */
export function publishRemedy(container: ContainerRecord, port: number): TraceRemedy {
  const service = serviceKey(container) ?? container.spec.name;
  return { text: `publish it: ports: ["${port}:${port}"] at ${service}`, ...inCompose(container, ['ports']) };
}

function usePublished(container: ContainerRecord | undefined, port: number): TraceRemedy[] {
  const published = container?.publishedPorts.find(({ containerPort }) => containerPort === port);
  return published ? [{ text: `use port ${published.hostPort} of the host, which leads there` }] : [];
}

function internalReason(world: TraceWorld, { outInterface }: Dropped, share: readonly TraceRemedy[]): End {
  const network = world.networks.find(({ bridge, spec }) => spec.internal && bridge === outInterface);
  const name = network ? networkTitle(network) : 'its network';
  return {
    reason: `${name} is internal: nothing goes in or out.`,
    remedies: [...share, { text: `drop \`internal: true\` of ${name}` }],
  };
}

/** Containers of one network that may not talk to each other. */
export function iccReason(
  world: TraceWorld,
  { outInterface, receiver, port }: Pick<Dropped, 'outInterface' | 'receiver' | 'port'>,
): End {
  const network = world.networks.find(({ bridge }) => bridge === outInterface);
  const name = network ? networkTitle(network) : outInterface;
  const key = network?.spec.labels['com.docker.compose.network'];
  const project = network?.spec.labels['com.docker.compose.project'];
  const at =
    key !== undefined && project !== undefined
      ? { composePath: ['networks', key, 'driver_opts'], project }
      : {};
  return {
    reason: `${name} keeps its containers apart (icc=false).`,
    remedies: [
      { text: `drop \`com.docker.network.bridge.enable_icc\` of ${name}`, ...at },
      ...(receiver ? [publishRemedy(receiver, port)] : []),
    ],
  };
}
