import type { ContainerRecord } from '../model/container.ts';
import type { Core } from './core.ts';

/** Says nothing about the other container. */
const NOT_TOLD = ['HOME', 'PATH'];

/** A container whose process also gets what its legacy links tell of other containers. */
export function withLinkEnvironment(core: Core, container: ContainerRecord): ContainerRecord {
  const told = linkEnvironment(core, container);
  if (told.length === 0) return container;
  return { ...container, process: { ...container.process, env: [...told, ...container.process.env] } };
}

/**
 * The variables by which a container on the default bridge hears of those it is linked to, as Docker has them:
 * `DB_PORT_5432_TCP_ADDR=172.17.0.2`, `DB_NAME=/web/db`, and their own environment as `DB_ENV_…`.
 */
function linkEnvironment(core: Core, { spec }: ContainerRecord): string[] {
  if (!['default', 'bridge'].includes(spec.networkMode)) return [];
  return spec.links.flatMap((link) => {
    const [name = '', alias = name] = link.replace(/^\//, '').split(':');
    const target = core.state.lookUpContainer(name);
    const address = target?.endpoints.find(({ networkName }) => networkName === 'bridge')?.ipv4Address;
    if (!target || !address || target.state.pid === 0) return [];
    const prefix = alias.toUpperCase().replaceAll('-', '_');
    return [
      ...portVariables(prefix, address, target.process.exposedPorts),
      `${prefix}_NAME=/${spec.name}/${alias}`,
      ...target.process.env
        .filter((entry) => entry.includes('=') && !NOT_TOLD.includes(entry.slice(0, entry.indexOf('='))))
        .map((entry) => `${prefix}_ENV_${entry}`),
    ];
  });
}

function portVariables(prefix: string, address: string, exposed: readonly string[]): string[] {
  const ports = exposed
    .map((text) => text.split('/'))
    .map(([port = '', protocol = 'tcp']) => ({ port, protocol }))
    .toSorted(
      (one, other) => Number(one.port) - Number(other.port) || (one.protocol < other.protocol ? 1 : -1),
    );
  const [first] = ports;
  if (!first) return [];
  const urlOf = ({ port, protocol }: { port: string; protocol: string }): string =>
    `${protocol}://${address}:${port}`;
  return [
    `${prefix}_PORT=${urlOf(first)}`,
    ...ports.flatMap((each) => {
      const name = `${prefix}_PORT_${each.port}_${each.protocol.toUpperCase()}`;
      return [
        `${name}=${urlOf(each)}`,
        `${name}_ADDR=${address}`,
        `${name}_PORT=${each.port}`,
        `${name}_PROTO=${each.protocol}`,
      ];
    }),
  ];
}
