import type { FamilyState, NetworkOfFamily, PortOfFamily } from './model.ts';
import type { Rule, Table } from './ruleset.ts';

/** Published ports to containers, and containers to the outside. */
export function natTable(state: FamilyState): Table {
  const { chains, networks, ports, owner, family } = state;
  const toPorts: Rule = { destinationType: 'LOCAL', verdict: { kind: 'jump', chain: chains.ports } };
  // The kernel routes nothing from ::1 elsewhere, so a translation there would only break the engine's listener.
  const toPortsFromHere: Rule =
    family === 'ipv6' ? { ...toPorts, destination: { value: '::1', not: true } } : toPorts;
  return {
    name: 'nat',
    chains: [
      { name: chains.ports, rules: ports.filter(isTranslatable).map((port) => translation(port, state)) },
      {
        name: chains.postrouting,
        rules: [
          ...networks.filter(isTranslating).flatMap((network) => masquerades(network, state)),
          ...ports.filter(({ isRouted }) => !isRouted).map((port) => selfMasquerade(port, owner)),
        ],
      },
    ],
    hooks: [
      { chain: 'PREROUTING', position: 'end', rule: toPorts },
      { chain: 'OUTPUT', position: 'end', rule: toPortsFromHere },
      {
        chain: 'POSTROUTING',
        position: 'end',
        rule: { verdict: { kind: 'jump', chain: chains.postrouting } },
      },
    ],
  };
}

function isTranslating({ internal, mode }: NetworkOfFamily): boolean {
  return !internal && mode !== 'routed';
}

function isTranslatable({ hostIp, isRouted }: PortOfFamily): boolean {
  return hostIp !== '::1' && !isRouted;
}

function translation(port: PortOfFamily, { owner, family }: FamilyState): Rule {
  const { address, hostIp, protocol, hostPort, containerPort, containerName } = port;
  return {
    // A link-local client cannot be answered from another link; the engine's listener answers it.
    ...(family === 'ipv6' ? { source: { value: 'fe80::/10', not: true } } : {}),
    ...(hostIp === '' ? {} : { destination: { value: hostIp } }),
    protocol,
    destinationPort: hostPort,
    verdict: {
      kind: 'dnat',
      to: `${family === 'ipv6' ? `[${address}]` : address}:${containerPort}`,
    },
    comment: `${owner}:${containerName}`,
  };
}

/**
 * Outgoing traffic takes the host's address. What the host itself sends to 127.0.0.1 takes the bridge's, as a
 * container could not answer to 127.0.0.1; so does what a container sends to a port that a neighbour on its own
 * bridge publishes, as the neighbour would else answer past the translation.
 */
function masquerades(
  { subnet, bridge, name, masquerade, sources }: NetworkOfFamily,
  { owner, family }: FamilyState,
): Rule[] {
  const common = { verdict: { kind: 'masquerade' }, comment: `${owner}:${name}` } as const;
  const source = { value: subnet };
  const outInterface = { value: bridge };
  const to = sources?.[family] ?? '';
  const outgoing = to === '' ? common.verdict : ({ kind: 'snat', to } as const);
  return [
    ...(masquerade
      ? [{ ...common, source, outInterface: { ...outInterface, not: true }, verdict: outgoing }]
      : []),
    ...(family === 'ipv4' ? [{ ...common, outInterface, source: { value: '127.0.0.0/8' } }] : []),
    { ...common, source, outInterface, state: { value: 'DNAT' } },
  ];
}

/** A container that calls its own published port. */
function selfMasquerade(
  { address, protocol, containerPort, containerName }: PortOfFamily,
  owner: string,
): Rule {
  return {
    source: { value: address },
    destination: { value: address },
    protocol,
    destinationPort: containerPort,
    verdict: { kind: 'masquerade' },
    comment: `${owner}:${containerName}`,
  };
}
