import { isIPv6 } from 'node:net';
import { EngineError } from '../../model/errors.ts';
import type { PortPlace } from './holder.ts';

/** Somebody else has the port. The first words are Docker's, which clients look for. */
export function portTaken(
  place: PortPlace,
  facts: { readonly holder: string | undefined; readonly free: number | undefined },
): EngineError {
  const holder = facts.holder ?? 'a process that cannot be seen from here';
  const free = facts.free === undefined ? '' : ` Free one nearby: ${facts.free}.`;
  return new EngineError(
    500,
    'PORT_TAKEN',
    `Bind for ${placeText(place)} failed: port is already allocated: ${holder} has ${place.hostPort}/${place.protocol}`,
    { hint: `Stop the holder, or publish another port.${free}` },
  );
}

/** The address to publish on is none of this machine's. */
export function addressNotHere(place: PortPlace): EngineError {
  return new EngineError(
    500,
    'PORT_ADDRESS_UNKNOWN',
    `failed to bind host port ${placeText(place)}/${place.protocol}: cannot assign requested address`,
    {
      hint: 'No interface of this machine has that address: see `ip address`. 0.0.0.0 stands for all of them.',
    },
  );
}

/** Every port of the range is taken. */
export function rangeExhausted(
  place: PortPlace,
  range: { readonly first: number; readonly last: number },
): EngineError {
  return new EngineError(
    500,
    'PORT_RANGE_EXHAUSTED',
    `Bind for ${hostText(place.hostIp)} failed: all ports are allocated in ${range.first}-${range.last}/${place.protocol}`,
    { hint: 'Publish a wider range, or leave the host port out to get any free one.' },
  );
}

/** The kernel refused the port for another reason. */
export function bindRefused(place: PortPlace, cause: unknown): EngineError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EngineError(
    500,
    'PORT_BIND_FAILED',
    `failed to bind host port ${placeText(place)}/${place.protocol}: ${reason}`,
    { cause },
  );
}

function placeText(place: PortPlace): string {
  return `${hostText(place.hostIp)}:${place.hostPort}`;
}

function hostText(hostIp: string): string {
  return isIPv6(hostIp) ? `[${hostIp}]` : hostIp;
}
