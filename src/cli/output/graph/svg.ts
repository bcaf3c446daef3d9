import type { NetworkPicture, PicturedContainer } from '../../../stack/network-picture.ts';

const MARGIN = 28;
const CARD = { width: 176, height: 58, gap: 20 };
const PORT = { height: 24, gap: 6 };
const BAR = { height: 34, gap: 40 };
const TITLE_HEIGHT = 46;
const MIN_COLUMNS = 3;

const INK = '#1f2937';
const FAINT = '#6b7280';
const PALETTE = ['#2563eb', '#059669', '#d97706', '#9333ea', '#dc2626', '#0891b2', '#65a30d', '#db2777'];

/**
 * The picture as an SVG that needs nothing else: ports of the host on top, containers below them, and every network
 * as a bar to which its containers reach down, with their addresses.
 */
export function svgOf(picture: NetworkPicture): string {
  const layout = layoutOf(picture);
  const { width, height } = layout;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" role="img">`,
    `<title>${escaped(`Networks of ${picture.title}`)}</title>`,
    `<rect width="${width}" height="${height}" rx="12" fill="#ffffff"/>`,
    text(MARGIN, 34, picture.title, { size: 17, weight: 600 }),
    ...picture.containers.flatMap((container, index) => wires(container, index, layout)),
    ...picture.networks.map((_, index) => bar(index, layout)),
    ...picture.containers.flatMap((container, index) => joints(container, index, layout)),
    ...picture.containers.flatMap((container, index) => card(container, index, layout)),
    '</svg>',
  ];
  return parts.join('\n') + '\n';
}

interface Layout {
  readonly picture: NetworkPicture;
  readonly width: number;
  readonly height: number;
  readonly cardTop: number;
  readonly cardLeft: (index: number) => number;
  readonly barTop: (index: number) => number;
}

function layoutOf(picture: NetworkPicture): Layout {
  const { containers, networks } = picture;
  const columns = Math.max(MIN_COLUMNS, containers.length);
  const portRows = Math.max(0, ...containers.map(({ ports }) => ports.length));
  const portsHeight = portRows === 0 ? 0 : portRows * (PORT.height + PORT.gap) + 16;
  const cardTop = TITLE_HEIGHT + 8 + portsHeight;
  const barTop = (index: number) => cardTop + CARD.height + BAR.gap + index * (BAR.height + BAR.gap);
  return {
    picture,
    width: 2 * MARGIN + columns * CARD.width + (columns - 1) * CARD.gap,
    height:
      (networks.length === 0 ? cardTop + CARD.height : barTop(networks.length - 1) + BAR.height) + MARGIN,
    cardTop,
    cardLeft: (index) => MARGIN + index * (CARD.width + CARD.gap),
    barTop,
  };
}

/** Drawn before the bars, so that a wire passes behind those of other networks. */
function wires(container: PicturedContainer, index: number, layout: Layout): string[] {
  return placesOf(container, index, layout).map(({ x, network, colour }) => {
    const [from, to] = [layout.cardTop + CARD.height, layout.barTop(network)];
    return `<path d="M${x} ${from}V${to}" stroke="${colour}" stroke-width="2.5" fill="none"/>`;
  });
}

function joints(container: PicturedContainer, index: number, layout: Layout): string[] {
  return placesOf(container, index, layout).flatMap(({ x, network, colour, address }) => {
    const y = layout.barTop(network);
    const label = text(x + 8, y - 12, address, { size: 11.5, colour: INK, mono: true, halo: true });
    return [
      `<circle cx="${x}" cy="${y}" r="5" fill="#ffffff" stroke="${colour}" stroke-width="2.5"/>`,
      ...(address === '' ? [] : [label]),
    ];
  });
}

function placesOf(container: PicturedContainer, index: number, { picture, cardLeft }: Layout) {
  const count = container.places.length;
  return container.places.flatMap(({ network: name, address }, number) => {
    const network = picture.networks.findIndex((each) => each.name === name);
    if (network < 0) return [];
    // Wires hang as far apart as they can, so that there is room for an address beside each.
    const offset = count === 1 ? 40 : Math.round(20 + (number * (CARD.width - 56)) / (count - 1));
    return [{ x: cardLeft(index) + offset, network, address, colour: colourOf(network) }];
  });
}

function bar(index: number, { picture, barTop, width }: Layout): string {
  const network = picture.networks[index];
  const [y, colour] = [barTop(index), colourOf(index)];
  const facts = [
    ...(network?.subnets ?? []),
    ...(network?.internal === true ? ['internal: no way out'] : []),
  ];
  const dash = network?.internal === true ? ' stroke-dasharray="6 4"' : '';
  const size = `width="${width - 2 * MARGIN}" height="${BAR.height}"`;
  return [
    `<rect x="${MARGIN}" y="${y}" ${size} rx="8" fill="#ffffff"/>`,
    `<rect x="${MARGIN}" y="${y}" ${size} rx="8" fill="${colour}" fill-opacity="0.10" stroke="${colour}" stroke-width="1.5"${dash}/>`,
    text(MARGIN + 14, y + 22, network?.name ?? '', { size: 13.5, weight: 600, colour }),
    text(width - MARGIN - 14, y + 22, facts.join('  ·  '), {
      size: 12,
      colour: FAINT,
      mono: true,
      anchor: 'end',
    }),
  ].join('\n');
}

function card(container: PicturedContainer, index: number, { cardLeft, cardTop }: Layout): string[] {
  const [x, y] = [cardLeft(index), cardTop];
  const colour = container.state === 'running' ? '#16a34a' : '#9ca3af';
  return [
    `<rect x="${x}" y="${y}" width="${CARD.width}" height="${CARD.height}" rx="8" fill="#f8fafc" stroke="#cbd5e1" stroke-width="1.5"/>`,
    `<circle cx="${x + 16}" cy="${y + 21}" r="4.5" fill="${colour}"/>`,
    text(x + 28, y + 26, clipped(container.name, 19), { size: 14, weight: 600 }),
    text(x + 28, y + 45, clipped(container.image, 22), { size: 12, colour: FAINT }),
    ...container.ports.flatMap((port, number) => portPill(port, { x, y, number })),
  ];
}

/** The port nearest to the card is the first; one arrow leads in. */
function portPill(port: string, { x, y, number }: { x: number; y: number; number: number }): string[] {
  const top = y - 16 - (number + 1) * PORT.height - number * PORT.gap;
  const middle = x + CARD.width / 2;
  const arrow = `<path d="M${middle} ${y - 15}V${y - 3}M${middle - 4} ${y - 8}L${middle} ${y - 3}L${middle + 4} ${y - 8}" stroke="${INK}" stroke-width="1.5" fill="none"/>`;
  return [
    ...(number === 0 ? [arrow] : []),
    `<rect x="${x}" y="${top}" width="${CARD.width}" height="${PORT.height}" rx="12" fill="${INK}"/>`,
    text(middle, top + 16.5, port, { size: 12, colour: '#ffffff', mono: true, anchor: 'middle' }),
  ];
}

function colourOf(index: number): string {
  return PALETTE[index % PALETTE.length] ?? INK;
}

function text(
  x: number,
  y: number,
  content: string,
  style: { size: number; weight?: number; colour?: string; mono?: boolean; anchor?: string; halo?: boolean },
): string {
  const attributes = [
    `font-size="${style.size}"`,
    `fill="${style.colour ?? INK}"`,
    ...(style.weight === undefined ? [] : [`font-weight="${style.weight}"`]),
    ...(style.mono === true ? ['font-family="ui-monospace, Menlo, Consolas, monospace"'] : []),
    ...(style.anchor === undefined ? [] : [`text-anchor="${style.anchor}"`]),
    ...(style.halo === true ? ['paint-order="stroke" stroke="#ffffff" stroke-width="4"'] : []),
  ];
  return `<text x="${x}" y="${y}" ${attributes.join(' ')}>${escaped(content)}</text>`;
}

function clipped(content: string, length: number): string {
  return content.length > length ? `${content.slice(0, length - 1)}…` : content;
}

function escaped(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
