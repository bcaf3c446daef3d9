import type { FamilyState, NetworkOfFamily, PortOfFamily } from './model.ts';
import type { Rule, Table, Verdict } from './ruleset.ts';

const ACCEPT: Verdict = { kind: 'accept' };
const DROP: Verdict = { kind: 'drop' };

/**
 * Which packets pass between bridges and the rest. Both hooks stand at the top of FORWARD, so that a host whose own
 * policy or other tools drop forwarded packets still lets ours through; the user's chain comes first of all.
 */
export function filterTable(state: FamilyState): Table {
  const { chains, networks, ports, owner } = state;
  const open = networks.filter(({ internal }) => !internal);
  return {
    name: 'filter',
    chains: [
      { name: chains.user, rules: [], kept: true },
      { name: chains.forward, rules: forwardRules(state) },
      { name: chains.established, rules: networks.map((network) => establishedRule(network, owner)) },
      {
        name: chains.internal,
        rules: networks
          .filter(({ internal }) => internal)
          .flatMap((network) => internalRules(network, owner)),
      },
      { name: chains.isolation1, rules: isolationRules(state) },
      {
        name: chains.isolation2,
        rules: open.filter(({ mode }) => mode !== 'routed').map((network) => isolationDrop(network, owner)),
      },
      { name: chains.bridge, rules: open.map((network) => bridgeRule(network, state)) },
      {
        name: chains.ports,
        rules: [
          ...unique(ports.map((port) => portRule(port, owner))),
          ...open.flatMap((network) => unpublishedRules(network, state)),
        ],
      },
    ],
    hooks: [
      { chain: 'FORWARD', position: 1, rule: { verdict: { kind: 'jump', chain: chains.user } } },
      { chain: 'FORWARD', position: 2, rule: { verdict: { kind: 'jump', chain: chains.forward } } },
    ],
  };
}

function forwardRules({ chains, networks, owner }: FamilyState): Rule[] {
  const steps = [chains.established, chains.internal, chains.isolation1, chains.bridge];
  return [
    ...steps.map((chain): Rule => ({ verdict: { kind: 'jump', chain } })),
    ...networks.filter(({ internal }) => !internal).map((network) => clampRule(network, owner)),
    ...networks.flatMap((network) => outgoingRules(network, owner)),
  ];
}

/**
 * What a container asks others to send fits through the way that leads to them. The host's own connections fit anyway,
 * whereas a container knows the MTU of its bridge only: by a VPN with a smaller one it would hang when nobody tells the
 * sender that its packets are too big.
 */
function clampRule({ bridge, name }: NetworkOfFamily, owner: string): Rule {
  return {
    inInterface: { value: bridge },
    outInterface: { value: bridge, not: true },
    protocol: 'tcp',
    opensConnection: true,
    verdict: { kind: 'clamp-segments' },
    comment: `${owner}:${name}`,
  };
}

/** What a bridge may send. Without icc a neighbour is still reached at a port it publishes. */
function outgoingRules({ bridge, name, icc, internal }: NetworkOfFamily, owner: string): Rule[] {
  const comment = `${owner}:${name}`;
  const inInterface = { value: bridge };
  const toItself = { value: bridge };
  if (internal) return [{ inInterface, outInterface: toItself, verdict: icc ? ACCEPT : DROP, comment }];
  if (icc) return [{ inInterface, verdict: ACCEPT, comment }];
  return [
    { inInterface, outInterface: toItself, state: { value: 'DNAT' }, verdict: ACCEPT, comment },
    { inInterface, outInterface: toItself, verdict: DROP, comment },
    { inInterface, outInterface: { ...toItself, not: true }, verdict: ACCEPT, comment },
  ];
}

function establishedRule({ bridge, name }: NetworkOfFamily, owner: string): Rule {
  return {
    outInterface: { value: bridge },
    state: { value: 'RELATED,ESTABLISHED' },
    verdict: ACCEPT,
    comment: `${owner}:${name}`,
  };
}

/** Nothing in, nothing out. */
function internalRules({ bridge, name }: NetworkOfFamily, owner: string): Rule[] {
  const own = { value: bridge };
  const others = { value: bridge, not: true };
  return [
    { inInterface: others, outInterface: own, verdict: DROP, comment: `${owner}:${name}` },
    { inInterface: own, outInterface: others, verdict: DROP, comment: `${owner}:${name}` },
  ];
}

/**
 * From one bridge to another: never, except to a published port by an address of the host. A network with addresses
 * that are routed is reached from other bridges as from anywhere.
 */
function isolationRules({ chains, networks, owner }: FamilyState): Rule[] {
  return [
    { state: { value: 'DNAT' }, verdict: { kind: 'return' } },
    ...networks
      .filter(({ internal }) => !internal)
      .map(({ bridge, name }): Rule => ({
        inInterface: { value: bridge },
        outInterface: { value: bridge, not: true },
        verdict: { kind: 'jump', chain: chains.isolation2 },
        comment: `${owner}:${name}`,
      })),
  ];
}

function isolationDrop({ bridge, name }: NetworkOfFamily, owner: string): Rule {
  return { outInterface: { value: bridge }, verdict: DROP, comment: `${owner}:${name}` };
}

function bridgeRule({ bridge, name }: NetworkOfFamily, { chains, owner }: FamilyState): Rule {
  return {
    outInterface: { value: bridge },
    verdict: { kind: 'jump', chain: chains.ports },
    comment: `${owner}:${name}`,
  };
}

function portRule(port: PortOfFamily, owner: string): Rule {
  return {
    destination: { value: port.address },
    inInterface: { value: port.bridge, not: true },
    outInterface: { value: port.bridge },
    protocol: port.protocol,
    destinationPort: port.containerPort,
    ...(port.isHidden || port.isRouted ? {} : { state: { value: 'DNAT' } }),
    verdict: ACCEPT,
    comment: `${owner}:${port.containerName}`,
  };
}

/** What is not published: closed, unless the network is unprotected; a routed one answers to ping. */
function unpublishedRules({ bridge, name, mode }: NetworkOfFamily, { owner, family }: FamilyState): Rule[] {
  const rule: Rule = {
    inInterface: { value: bridge, not: true },
    outInterface: { value: bridge },
    verdict: mode === 'nat-unprotected' ? ACCEPT : DROP,
    comment: `${owner}:${name}`,
  };
  if (mode !== 'routed') return [rule];
  return [{ ...rule, protocol: family === 'ipv4' ? 'icmp' : 'ipv6-icmp', verdict: ACCEPT }, rule];
}

/** A port published on several host addresses needs one rule. */
function unique(rules: readonly Rule[]): Rule[] {
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}
