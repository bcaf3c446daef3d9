import type { FamilyState, PortOfFamily } from './model.ts';
import type { Rule, Table } from './ruleset.ts';

/**
 * Before anything else: what may not be addressed from where. A container's own address answers only on its own
 * bridge, a port published on a loopback address only on loopback, and no container reaches the host's loopback
 * (which `route_localnet` on its bridge would otherwise allow).
 * Every packet that comes in passes the first chain, so that has one rule a network; what grows with the containers
 * stands where only packets go that are about to be refused.
 */
export function rawTable(state: FamilyState): Table {
  const { chains } = state;
  return {
    name: 'raw',
    chains: [
      { name: chains.prerouting, rules: [...toLoopback(state), ...toDirectAccess(state)] },
      { name: chains.loopback, rules: [...loopbackRules(state), ...loopbackPortRules(state)] },
      { name: chains.direct, rules: directAccessRules(state) },
    ],
    hooks: [
      { chain: 'PREROUTING', position: 1, rule: { verdict: { kind: 'jump', chain: chains.prerouting } } },
    ],
  };
}

function toLoopback({ family, chains }: FamilyState): Rule[] {
  const common = {
    inInterface: { value: 'lo', not: true },
    verdict: { kind: 'jump', chain: chains.loopback },
  } as const;
  if (family === 'ipv6') return [{ ...common, destination: { value: '::1' } }];
  return [
    { ...common, destination: { value: '127.0.0.0/8' } },
    { ...common, source: { value: '127.0.0.0/8' } },
  ];
}

function toDirectAccess({ networks, ports, chains, owner }: FamilyState): Rule[] {
  const hidden = new Set(ports.filter(({ isHidden }) => isHidden).map(({ bridge }) => bridge));
  return networks
    .filter(({ bridge }) => hidden.has(bridge))
    .map(({ subnet, bridge, name }) => ({
      destination: { value: subnet },
      inInterface: { value: bridge, not: true },
      verdict: { kind: 'jump', chain: chains.direct },
      comment: `${owner}:${name}`,
    }));
}

function loopbackRules({ family, networks, owner }: FamilyState): Rule[] {
  if (family === 'ipv6') return [];
  return networks.map(({ bridge, name }) => ({
    inInterface: { value: bridge },
    verdict: { kind: 'drop' },
    comment: `${owner}:${name}`,
  }));
}

/** One rule a container, however many ports it publishes, and before it one for each device that is trusted. */
function directAccessRules({ ports, owner }: FamilyState): Rule[] {
  const byAddress = new Map(ports.filter(({ isHidden }) => isHidden).map((port) => [port.address, port]));
  return [...byAddress.values()].flatMap(({ address, bridge, containerName, trusted }): Rule[] => {
    const common = { destination: { value: address }, comment: `${owner}:${containerName}` };
    return [
      ...trusted.map((device): Rule => ({
        ...common,
        inInterface: { value: device },
        verdict: { kind: 'accept' },
      })),
      { ...common, inInterface: { value: bridge, not: true }, verdict: { kind: 'drop' } },
    ];
  });
}

function loopbackPortRules({ ports, owner }: FamilyState): Rule[] {
  return ports.filter(isOnLoopback).map(({ hostIp, hostPort, protocol, containerName }) => ({
    destination: { value: hostIp },
    protocol,
    destinationPort: hostPort,
    verdict: { kind: 'drop' },
    comment: `${owner}:${containerName}`,
  }));
}

function isOnLoopback({ hostIp, isRouted }: PortOfFamily): boolean {
  if (isRouted) return false;
  return hostIp.startsWith('127.') || hostIp === '::1';
}
