import { ipKey } from '../host/ip-bytes.ts';
import type { ZoneEndpoint, ZoneNetwork } from './zone.ts';

/** A name to look for on one network. */
export interface NameOnNetwork {
  readonly name: string;
  readonly network: ZoneNetwork;
}

/**
 * Where a question for `name` (in lower case) may find its answer, best place first: the name itself on each of
 * the asker's networks, links before names; then `a.b.c` on a network called `d` for `a.b.c.d`, `a.b` on `c.d`, …
 */
export function* namesInNetworks(name: string, places: readonly ZoneEndpoint[]): Iterable<NameOnNetwork> {
  yield* onNetworks(name, places);
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const suffix = name.slice(dot + 1);
    const inside = places.filter(({ network }) => network.name.toLowerCase() === suffix);
    yield* onNetworks(name.slice(0, dot), inside);
  }
}

/** The key of the address that an `in-addr.arpa` or `ip6.arpa` name stands for; see `ipKey`. */
export function addressOfReverseName(name: string): string | undefined {
  const four = /^((?:\d{1,3}\.){4})in-addr\.arpa$/.exec(name)?.[1];
  if (four !== undefined) return ipKey(four.split('.').slice(0, 4).reverse().join('.'));
  const six = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name)?.[1];
  return six?.split('.').reverse().join('');
}

function* onNetworks(name: string, places: readonly ZoneEndpoint[]): Iterable<NameOnNetwork> {
  for (const place of places) {
    const target = linkTarget(place, name);
    if (target !== undefined) yield { name: target.toLowerCase(), network: place.network };
  }
  for (const { network } of places) yield { name, network };
}

function linkTarget(place: ZoneEndpoint, name: string): string | undefined {
  const links = Object.entries(place.links ?? {});
  return links.find(([alias]) => alias.toLowerCase() === name)?.[1];
}
