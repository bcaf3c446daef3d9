import type Docker from 'dockerode';
import { expectTypeOf, test } from 'vitest';
import type { EngineStatus } from '../../src/model/engine.ts';
import type { EngineClient } from '../../src/client/client.ts';
import type * as Engine from '../../src/engine/engine-api.ts';
import type { BerthExtension, ContainerHandle, EngineClientLike } from '../../src/stack/engine-client.ts';

test('our client is what the stack room asks for', () => {
  expectTypeOf<EngineClient>().toExtend<EngineClientLike>();
  expectTypeOf<EngineClient['own']>().toExtend<BerthExtension>();
});

/** dockerode types its streams as ones that cannot be destroyed, though they can: these two differ. */
type WithoutStreams = Omit<EngineClientLike, 'getContainer' | 'getEvents'> & {
  getContainer(id: string): Omit<ContainerHandle, 'logs'>;
};

test('dockerode can stand in for our client', () => {
  expectTypeOf<Docker>().toExtend<WithoutStreams>();
});

test('the status that the client describes is the one that the engine gives', () => {
  expectTypeOf<EngineStatus>().toEqualTypeOf<Pick<Engine.EngineStatus, keyof Engine.EngineStatus>>();
});
