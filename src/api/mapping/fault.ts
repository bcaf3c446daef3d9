import { isIP } from 'node:net';
import type { DnsFault, Fault } from '../../model/fault.ts';
import { badRequest } from '../errors.ts';
import type { BodyReader } from './body-reader.ts';

/** A fault of a test, as `PUT /berth/leases/{id}/faults` has it. */
export function faultFrom(body: BodyReader): Fault {
  const kind = body.text('kind');
  switch (kind) {
    case 'partition':
      return { kind, left: body.list('left'), right: body.list('right') };
    case 'isolate':
      return { kind, services: body.list('services') };
    case 'dns':
      return { kind, name: body.text('name'), answer: dnsFaultFrom(body) };
    case 'limit':
      return { kind, services: body.list('services'), bitsPerSecond: rateFrom(body) };
    default:
      throw badRequest(`unknown kind of fault: ${JSON.stringify(kind)}`);
  }
}

function dnsFaultFrom(body: BodyReader): DnsFault {
  const answer = body.raw('answer');
  if (answer === 'servfail' || answer === 'nxdomain') return answer;
  const addresses = body.list('answer');
  const wrong = addresses.find((address) => isIP(address) === 0);
  if (wrong !== undefined) throw badRequest(`not an IP address: ${JSON.stringify(wrong)}`);
  return addresses;
}

function rateFrom(body: BodyReader): number {
  const rate = body.number('bitsPerSecond');
  if (Number.isSafeInteger(rate) && rate >= 8) return rate;
  throw badRequest(`bitsPerSecond must be a whole number from 8 up, got ${String(rate)}`);
}
