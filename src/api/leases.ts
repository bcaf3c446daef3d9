import { readJsonBody } from './body.ts';
import { type Call, param } from './call.ts';
import { faultFrom } from './mapping/fault.ts';
import { beginStream, sendEmpty, write } from './reply.ts';
import { route, type Route } from './router.ts';

/** Stacks that live as long as the connection of their holder. */
export const leaseRoutes: readonly Route[] = [
  route('POST', '/berth/leases', open),
  route('POST', '/berth/leases/{id}/ready', ready),
  route('PUT', '/berth/leases/{id}/faults', setFaults),
  route('DELETE', '/berth/leases/{id}', close),
];

/**
 * One JSON line (`LeaseGrant`) when the stack is the caller's; then the answer stays open. Its end is the end of the
 * lease. `Key`: a stack that several may hold; the second one gets it when the first has it ready.
 */
async function open(call: Call): Promise<void> {
  const { engine, response, signal } = call;
  const key = (await readJsonBody(call)).text('Key');
  beginStream(response, 'application/x-ndjson');
  const grant = await engine.leases.open(key === '' ? undefined : key, signal);
  if (!grant) return;
  if (!signal.aborted) {
    const gone = new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    await write(response, JSON.stringify(grant) + '\n');
    await gone;
  }
  await engine.leases.close(grant.lease);
}

function ready(call: Call): void {
  call.engine.leases.ready(param(call, 'id'));
  sendEmpty(call.response, 204);
}

/** Answers when everything of the lease is gone. */
async function close(call: Call): Promise<void> {
  await call.engine.leases.close(param(call, 'id'));
  sendEmpty(call.response, 204);
}

/** All faults of the holder; those of before that are not among them end. */
async function setFaults(call: Call): Promise<void> {
  const body = await readJsonBody(call);
  await call.engine.leases.setFaults(param(call, 'id'), body.objects('Faults').map(faultFrom));
  sendEmpty(call.response, 204);
}
