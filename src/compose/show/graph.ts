import type { ComposeModel, PortModel, ServiceModel } from '../../model/compose.ts';

export type GraphFormat = 'mermaid' | 'dot';

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly style: 'depends' | 'network' | 'port';
}

interface Graph {
  readonly nodes: readonly {
    readonly id: string;
    readonly label: string;
    readonly kind: 'service' | 'network' | 'port';
  }[];
  readonly edges: readonly Edge[];
}

/** A picture of the services, what they wait for, the networks they share, and the ports that lead in from the host. */
export function renderGraph(model: ComposeModel, format: GraphFormat): string {
  const graph = graphOf(model);
  return format === 'dot' ? dot(model.name, graph) : mermaid(graph);
}

function graphOf(model: ComposeModel): Graph {
  const services = Object.entries(model.services);
  const networks = Object.entries(model.networks ?? {});
  return {
    nodes: [
      ...services.map(([name, service]) => ({
        id: idOf('s', name),
        label: serviceLabel(name, service),
        kind: 'service' as const,
      })),
      ...networks.map(([name, network]) => ({
        id: idOf('n', name),
        label:
          network.external === true
            ? `${name} (external)`
            : network.internal === true
              ? `${name} (internal)`
              : name,
        kind: 'network' as const,
      })),
      ...services.flatMap(([, { ports = [] }]) =>
        ports.map((port) => ({
          id: idOf('p', portText(port)),
          label: portText(port),
          kind: 'port' as const,
        })),
      ),
    ],
    edges: services.flatMap(([name, service]) => edgesOf(name, service)),
  };
}

function edgesOf(name: string, service: ServiceModel): Edge[] {
  const id = idOf('s', name);
  const conditions: Readonly<Record<string, string>> = {
    service_started: 'started',
    service_healthy: 'healthy',
    service_completed_successfully: 'completed',
  };
  return [
    ...(service.ports ?? []).map((port) => ({
      from: idOf('p', portText(port)),
      to: id,
      label: String(port.target),
      style: 'port' as const,
    })),
    ...Object.entries(service.depends_on ?? {}).map(([other, { condition }]) => ({
      from: id,
      to: idOf('s', other),
      label: conditions[condition] ?? condition,
      style: 'depends' as const,
    })),
    ...Object.keys(service.networks ?? {}).map((network) => ({
      from: id,
      to: idOf('n', network),
      label: service.networks?.[network]?.ipv4_address ?? '',
      style: 'network' as const,
    })),
  ];
}

function serviceLabel(name: string, { image, network_mode: mode }: ServiceModel): string {
  return [name, image, mode === undefined ? undefined : `network: ${mode}`]
    .filter((text) => text !== undefined)
    .join('\n');
}

function portText({ host_ip: hostIp, published, target, protocol = 'tcp' }: PortModel): string {
  const host = published ?? `any port → ${String(target)}`;
  return `${hostIp === undefined ? '' : `${hostIp}:`}${host}/${protocol}`;
}

/** Identifiers of both languages take letters, digits and `_`; other characters become their code. */
function idOf(kind: string, name: string): string {
  return `${kind}_${name.replace(/[^a-zA-Z0-9]/g, (character) => `_${character.charCodeAt(0).toString(16)}`)}`;
}

function mermaid({ nodes, edges }: Graph): string {
  const quoted = (text: string): string => `"${text.replaceAll('"', '#quot;').replaceAll('\n', '<br/>')}"`;
  const shapes = { service: ['[', ']'], network: ['([', '])'], port: ['>', ']'] } as const;
  const arrows = { depends: '-->', network: '---', port: '==>' } as const;
  return [
    'flowchart LR',
    ...nodes.map(({ id, label, kind }) => `  ${id}${shapes[kind][0]}${quoted(label)}${shapes[kind][1]}`),
    ...edges.map(
      ({ from, to, label, style }) =>
        `  ${from} ${arrows[style]}${label === '' ? '' : `|${quoted(label)}|`} ${to}`,
    ),
    '',
  ].join('\n');
}

function dot(name: string, { nodes, edges }: Graph): string {
  const quoted = (text: string): string =>
    `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
  const shapes = { service: 'box', network: 'ellipse', port: 'cds' } as const;
  const styles = { depends: '', network: ', dir=none, style=dashed', port: ', style=bold' } as const;
  return [
    `digraph ${quoted(name)} {`,
    '  rankdir=LR;',
    ...nodes.map(({ id, label, kind }) => `  ${id} [label=${quoted(label)}, shape=${shapes[kind]}];`),
    ...edges.map(
      ({ from, to, label, style }) => `  ${from} -> ${to} [label=${quoted(label)}${styles[style]}];`,
    ),
    '}',
    '',
  ].join('\n');
}
