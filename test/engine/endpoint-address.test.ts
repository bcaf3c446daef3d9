import { describe, expect, it } from 'vitest';
import { endpointAddress } from '../../src/engine/operations/endpoint-address.ts';
import { EngineState } from '../../src/engine/state.ts';
import type { ContainerRecord } from '../../src/model/container.ts';
import type { EndpointSettings } from '../../src/model/network.ts';
import { endpointOf, networkOf } from '../network/records.ts';

const network = networkOf({ subnet6: 'fd01::/64' });
const [pool, pool6] = network.pools;

/** Containers a, b, … at the addresses given. */
function stateWith(...addresses: string[]): EngineState {
  const state = new EngineState();
  addresses.forEach((ipv4Address, index) => {
    const id = 'abcdef'[index] ?? '';
    state.containers.set(id, { id, endpoints: [endpointOf({ ipv4Address })] } as unknown as ContainerRecord);
  });
  return state;
}
function taken(state: EngineState, settings: Omit<EndpointSettings, 'aliases'>): string {
  if (!pool) throw new Error('no pool');
  return endpointAddress(state, { network, pool, settings: { aliases: [], ...settings } });
}

describe('the address of an endpoint', () => {
  it('is the lowest that no container has and no static one of the file wants', () => {
    const driverOpts = { 'berth.reserved': '172.18.0.3,172.18.0.4' };
    expect(taken(stateWith('172.18.0.2'), { driverOpts })).toBe('172.18.0.5');
    expect(taken(stateWith('172.18.0.2'), {})).toBe('172.18.0.3');
  });

  it('that is static is given although it is reserved, for it is the one', () => {
    const driverOpts = { 'berth.reserved': '172.18.0.9' };
    expect(taken(stateWith(), { ipv4Address: '172.18.0.9', driverOpts })).toBe('172.18.0.9');
  });

  it('is that of the container whose place it takes, there still or gone', () => {
    const state = stateWith('172.18.0.2', '172.18.0.7');
    expect(taken(state, { driverOpts: { 'berth.succeeds': 'b' } })).toBe('172.18.0.7');
    expect(taken(state, { driverOpts: { 'berth.keep': '172.18.0.8' } })).toBe('172.18.0.8');
  });

  it('is another when somebody has the old one, or the file gives it away, or the subnet changed', () => {
    const state = stateWith('172.18.0.2', '172.18.0.7');
    expect(taken(state, { driverOpts: { 'berth.keep': '172.18.0.7' } })).toBe('172.18.0.3');
    const given = { 'berth.succeeds': 'b', 'berth.reserved': '172.18.0.7' };
    expect(taken(state, { driverOpts: given })).toBe('172.18.0.3');
    expect(taken(state, { driverOpts: { 'berth.keep': '10.1.0.2,fd01::9' } })).toBe('172.18.0.3');
  });

  it('of IPv6 is kept too', () => {
    if (!pool6) throw new Error('no pool');
    const settings = { aliases: [], driverOpts: { 'berth.keep': '172.18.0.8,fd01::9' } };
    expect(endpointAddress(stateWith(), { network, pool: pool6, settings })).toBe('fd01::9');
  });
});
