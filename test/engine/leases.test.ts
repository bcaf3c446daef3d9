import { expect, it } from 'vitest';
import type { Core } from '../../src/engine/core.ts';
import { LeaseService, type LeaseServices } from '../../src/engine/lease-service.ts';
import { EngineState } from '../../src/engine/state.ts';
import { Topic } from '../../src/engine/topic.ts';

/** An engine that has nothing: what is tested is who holds what. */
function service(): LeaseService {
  const core = { state: new EngineState(), volumes: { list: () => [] }, changes: new Topic<string>() };
  const services = { faults: { set: () => Promise.resolve(), forget: () => undefined } };
  return new LeaseService(core as unknown as Core, services as unknown as LeaseServices);
}

const never = new AbortController().signal;

it('the second who asks for a key gets the stack when the first has it ready', async () => {
  const leases = service();
  const first = await leases.open('key', never);
  const second = leases.open('key', never);
  expect(first).toMatchObject({ stack: 'key', maker: true });
  leases.ready(first?.lease ?? '');
  expect(await second).toMatchObject({ stack: 'key', maker: false });
});

it('the second makes it when the first vanishes before it is ready', async () => {
  const leases = service();
  const first = await leases.open('key', never);
  const second = leases.open('key', never);
  await leases.close(first?.lease ?? '');
  expect(await second).toMatchObject({ maker: true });
});

it('who went away while waiting gets nothing', async () => {
  const leases = service();
  const first = await leases.open('key', never);
  const gone = new AbortController();
  const second = leases.open('key', gone.signal);
  gone.abort();
  expect(await second).toBeUndefined();
  await leases.close(first?.lease ?? '');
  expect(leases.isBusy).toBe(false);
});

it('nothing is made under a lease that nobody holds, and what is being made is awaited', async () => {
  const leases = service();
  const grant = await leases.open(undefined, never);
  const labels = { 'dev.berth.lease': grant?.stack ?? '' };
  const order: string[] = [];
  let made: () => void = () => undefined;
  const making = leases.admit(labels, async () => {
    await new Promise<void>((resolve) => (made = resolve));
    order.push('made');
  });
  const closing = leases.close(grant?.lease ?? '').then(() => order.push('closed'));
  await expect(leases.admit(labels, () => Promise.resolve())).rejects.toMatchObject({ code: 'LEASE_OVER' });
  made();
  await Promise.all([making, closing]);
  expect(order).toEqual(['made', 'closed']);
});
