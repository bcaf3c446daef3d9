import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { play } from '../../parity/compare.ts';
import type { Scene } from '../../parity/behaviour.ts';
import { ofAnyClient } from '../../parity/normalise.ts';
import { berthPeer } from '../../parity/peers.ts';
import { parityArchive } from '../../parity/prelude.ts';
import { recorded } from '../../parity/recorded.ts';

/**
 * Plays scenes of the parity table on Berth alone: each behaviour is as it was beside dockerd (`npm run test:parity`),
 * where it was the same, or another by choice.
 */
export function scenesHold(scenes: readonly Scene[]): void {
  const asBesideDocker = recorded();
  let archive: string;
  let peer: Awaited<ReturnType<typeof berthPeer>>;
  beforeAll(async () => {
    archive = await parityArchive();
    peer = await berthPeer({ archive });
  });
  afterAll(async () => {
    await peer[Symbol.asyncDispose]();
    await rm(archive, { force: true });
  });

  const ofEngine = scenes.map((scene) => ({
    ...scene,
    behaviours: scene.behaviours.filter(({ isOfClient }) => !isOfClient),
  }));
  describe.each(ofEngine)('$name', (scene) => {
    let shown: readonly string[] = [];
    beforeAll(async () => {
      shown = await play(scene, peer);
    });

    it.each(scene.behaviours.map((behaviour, index) => ({ ...behaviour, index })))(
      '$id: $is',
      ({ id, index }) => {
        expect(asBesideDocker.has(id)).toBe(true);
        expect(ofAnyClient(shown[index] ?? '')).toBe(ofAnyClient(asBesideDocker.get(id) ?? ''));
      },
    );
  });
}
