import type { NetworkPicture, PicturedNetwork } from '../../../stack/network-picture.ts';

/** As a Mermaid flowchart: GitHub and many wikis draw it from a code block. */
export function mermaidOf(picture: NetworkPicture): string {
  const { nodes, edges } = partsOf(picture);
  const shapes = { port: ['([', '])'], container: ['[', ']'], network: ['{{', '}}'] } as const;
  const lines = [
    'flowchart LR',
    ...nodes.map(({ id, kind, lines: text }) => {
      const [open, close] = shapes[kind];
      return `  ${id}${open}"${text.map(mermaidText).join('<br/>')}"${close}`;
    }),
    ...edges.map(({ from, to, text, isDirected }) => {
      const line = isDirected ? '-->' : '---';
      return `  ${from} ${line}${text === '' ? '' : `|"${mermaidText(text)}"|`} ${to}`;
    }),
  ];
  return lines.map((line) => line + '\n').join('');
}

/** For Graphviz. */
export function dotOf(picture: NetworkPicture): string {
  const { nodes, edges } = partsOf(picture);
  const shapes = { port: 'cds', container: 'box', network: 'hexagon' };
  const lines = [
    `graph ${quoted(picture.title)} {`,
    '  rankdir=LR;',
    '  node [fontname="Helvetica"]; edge [fontname="Helvetica", fontsize=10];',
    ...nodes.map(
      ({ id, kind, lines: text }) => `  ${id} [shape=${shapes[kind]}, label=${quoted(text.join('\n'))}];`,
    ),
    ...edges.map(({ from, to, text, isDirected }) => {
      return `  ${from} -- ${to} [label=${quoted(text)}${isDirected ? ', dir=forward' : ''}];`;
    }),
    '}',
  ];
  return lines.map((line) => line + '\n').join('');
}

interface Node {
  readonly id: string;
  readonly kind: 'port' | 'container' | 'network';
  readonly lines: readonly string[];
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly isDirected: boolean;
}

function partsOf({ networks, containers }: NetworkPicture): { nodes: Node[]; edges: Edge[] } {
  const nodes: Node[] = [];
  const edges: Edge[] = [];
  const ids = new Map(networks.map(({ name }, index) => [name, `n${index}`]));
  containers.forEach(({ name, image, places, ports }, index) => {
    const id = `c${index}`;
    nodes.push({ id, kind: 'container', lines: [name, image] });
    ports.forEach((text, number) => {
      nodes.push({ id: `${id}p${number}`, kind: 'port', lines: [text] });
      edges.push({ from: `${id}p${number}`, to: id, text: '', isDirected: true });
    });
    for (const { network, address } of places) {
      const to = ids.get(network);
      if (to !== undefined) edges.push({ from: id, to, text: address, isDirected: false });
    }
  });
  networks.forEach((network, index) =>
    nodes.push({ id: `n${index}`, kind: 'network', lines: networkLines(network) }),
  );
  return { nodes, edges };
}

function networkLines({ name, subnets, internal }: PicturedNetwork): string[] {
  return [name, ...subnets, ...(internal ? ['internal'] : [])];
}

function mermaidText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
