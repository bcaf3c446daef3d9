import type { MapNode, Node, Scalar } from '../tree/node.ts';
import { plainScalar } from '../yaml/scalars.ts';

/** A model as YAML, two spaces a level, lists below their key. Reads back to the same values, by any YAML version. */
export function renderYaml(model: MapNode): string {
  return model.entries.size === 0 ? '{}\n' : mapLines(model, '').join('');
}

function mapLines(map: MapNode, indent: string): string[] {
  const lines: string[] = [];
  for (const [key, { value }] of map.entries)
    lines.push(...entryLines(`${indent}${keyText(key)}:`, value, indent));
  return lines;
}

function entryLines(start: string, value: Node, indent: string): string[] {
  if (value.kind === 'scalar') return [`${start} ${scalarLines(value.value, indent)}\n`];
  if (value.kind === 'map') {
    return value.entries.size === 0 ? [`${start} {}\n`] : [`${start}\n`, ...mapLines(value, `${indent}  `)];
  }
  return value.items.length === 0
    ? [`${start} []\n`]
    : [`${start}\n`, ...itemLines(value.items, `${indent}  `)];
}

function itemLines(items: readonly Node[], indent: string): string[] {
  return items.flatMap((item) => {
    if (item.kind === 'scalar') return [`${indent}- ${scalarLines(item.value, indent)}\n`];
    if (item.kind === 'map' ? item.entries.size === 0 : item.items.length === 0) {
      return [`${indent}- ${item.kind === 'map' ? '{}' : '[]'}\n`];
    }
    const deeper = `${indent}  `;
    const [first = '', ...rest] =
      item.kind === 'map' ? mapLines(item, deeper) : itemLines(item.items, deeper);
    return [`${indent}- ${first.slice(deeper.length)}`, ...rest];
  });
}

function keyText(key: string): string {
  return isPlain(key) && key.length < 1000 ? key : quoted(key);
}

function scalarLines(value: Scalar, indent: string): string {
  if (typeof value !== 'string') return numberText(value);
  if (value.includes('\n')) return isBlock(value) ? blockLines(value, indent) : quoted(value);
  return isPlain(value) ? value : quoted(value);
}

function numberText(value: Exclude<Scalar, string>): string {
  if (typeof value !== 'number' || Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf';
}

/** Plain means: no YAML reader could take it for anything but this text. */
function isPlain(text: string): boolean {
  if (!/^[\p{L}\p{N}_./$][\p{L}\p{N}_./@%+=~$,;(){}<>^*!?| :-]*$/u.test(text)) return false;
  if (/: |:$| $|,/.test(text) || typeof plainScalar(text) !== 'string') return false;
  if (/^(y|n|yes|no|on|off|true|false|null|<<|=)$/i.test(text)) return false;
  // Dates, times and sexagesimal numbers of YAML 1.1, and whatever else starts like a number without being a name.
  return !/^[\d.+-][\d.:_eE+-]*$/.test(text) && !/^\d{4}-\d\d?-\d\d?/.test(text);
}

function isBlock(text: string): boolean {
  return !/^[ \n]|[ \t]\n|[ \t]$|\r|\t|[^\n\P{C}]/u.test(text);
}

function blockLines(text: string, indent: string): string {
  const trailing = /\n*$/.exec(text)?.[0].length ?? 0;
  const mark = trailing === 0 ? '|-' : trailing === 1 ? '|' : '|+';
  const body = trailing === 0 ? text : text.slice(0, -1);
  const lines = body.split('\n').map((line) => (line === '' ? '' : `${indent}  ${line}`));
  return `${mark}\n${lines.join('\n')}`;
}

/** Double quotes, with everything escaped that YAML or a terminal might take amiss. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
