import type { EndpointSettings, IpamPool, NetworkRecord } from '../../model/network.ts';
import { EngineError } from '../../model/errors.ts';
import { takeAddress } from '../../network/ipam.ts';
import type { EngineState } from '../state.ts';

/** Endpoint options by which a client says more than Docker's API has words for. Lists are separated by commas. */
const RESERVED = 'berth.reserved';
const KEEP = 'berth.keep';
const SUCCEEDS = 'berth.succeeds';

/**
 * An address of the pool for an endpoint: the static one; else the one that `berth.keep` names if it is free, or is
 * that of the container (`berth.succeeds`: its id) whose place this one takes, and which goes before this one starts;
 * else the lowest free one that `berth.reserved`, the static addresses still to come, leaves. Throws EngineError.
 */
export function endpointAddress(
  state: EngineState,
  about: { network: NetworkRecord; pool: IpamPool; settings: EndpointSettings },
): string {
  const { network, pool, settings } = about;
  const family = pool.subnet.includes(':') ? 'ipv6Address' : 'ipv4Address';
  const all = state.endpointsOf(network.id, { liveOnly: false });
  const address = (one: (typeof all)[number]): string => one.endpoint[family];
  const wanted = settings[family];
  if (wanted) return takeAddress({ pool, used: all.map(address), reserved: [], wanted });
  const reserved = listOf(settings, RESERVED);
  const predecessor = settings.driverOpts?.[SUCCEEDS] ?? '';
  const others = all.filter(({ container }) => container.id !== predecessor).map(address);
  const former = all.filter(({ container }) => container.id === predecessor).map(address);
  const kept = [...former, ...listOf(settings, KEEP)].filter((one) => !reserved.includes(one));
  const free = kept.map((one) => freeAddress(pool, others, one)).find((one) => one !== undefined);
  return free ?? takeAddress({ pool, used: all.map(address), reserved });
}

function listOf(settings: EndpointSettings, option: string): string[] {
  return (settings.driverOpts?.[option] ?? '').split(',').filter((text) => text !== '');
}

/** The address if the pool has it to give; it may be of the other family, of an old subnet, or somebody else's now. */
function freeAddress(pool: IpamPool, used: readonly string[], wanted: string): string | undefined {
  if (wanted === '' || wanted.includes(':') !== pool.subnet.includes(':')) return undefined;
  try {
    return takeAddress({ pool, used, reserved: [], wanted });
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}
