import * as mistakes from '../errors.ts';
import { clip } from '../text/clip.ts';
import { isNull, scalar, sequence } from '../tree/node.ts';
import type { Node } from '../tree/node.ts';
import type { Path } from '../tree/rules.ts';
import type { CanonicalContext } from './canonical.ts';

/** Hosts as sorted `name=address` items, one for each address. Brackets around IPv6 addresses are dropped. */
export function extraHosts(node: Node, path: Path, { diagnostics }: CanonicalContext): Node {
  if (node.kind === 'scalar') return isNull(node) ? sequence([], node.mark) : node;
  const items: Node[] = [];
  const add = (host: string, addresses: string, from: Node): void => {
    for (const address of addresses.split(',')) {
      items.push({
        ...scalar(`${host.trim()}=${withoutBrackets(address.trim())}`, from.mark),
        overrode: from.overrode,
      });
    }
  };
  if (node.kind === 'map') {
    for (const [host, { value }] of node.entries) {
      for (const address of value.kind === 'sequence' ? value.items : [value]) {
        if (address.kind !== 'scalar' || typeof address.value !== 'string') return node;
        add(host, address.value, address);
      }
    }
  } else {
    for (const item of node.items) {
      if (item.kind !== 'scalar' || typeof item.value !== 'string') return node;
      const parts = splitHost(item.value);
      if (parts !== undefined) add(parts[0], parts[1], item);
      else diagnostics.report(badHost(item, path), path);
    }
  }
  return { ...node, ...sequence(sorted(items), node.mark) };
}

function sorted(items: Node[]): Node[] {
  const hostOf = (node: Node): string =>
    node.kind === 'scalar' ? (String(node.value).split('=', 1)[0] ?? '') : '';
  return items
    .map((item) => ({ item, host: hostOf(item) }))
    .sort((a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : 0))
    .map(({ item }) => item);
}

function splitHost(text: string): [string, string] | undefined {
  const separator = text.includes('=') ? '=' : ':';
  const at = text.indexOf(separator);
  const host = text.slice(0, at);
  const address = text.slice(at + 1);
  return at <= 0 || address.trim() === '' ? undefined : [host, address];
}

function badHost(item: Node, path: Path): ReturnType<typeof mistakes.badValue> {
  const text = item.kind === 'scalar' ? String(item.value) : '';
  return mistakes.badValue({
    message: `${path.join('.')}: invalid additional host, missing IP: ${clip(text)}`,
    mark: item.mark,
    hint: 'write `name=address`, such as `db=10.0.0.5` or `host.docker.internal=host-gateway`',
  });
}

function withoutBrackets(address: string): string {
  return /^\[(.*)\]$/.exec(address)?.[1] ?? address;
}
