import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { VolumeStore } from '../../src/image/volumes.ts';
import { scratch } from './scratch.ts';

async function openVolumes(root = scratch()): Promise<{ volumes: VolumeStore; root: string }> {
  const volumes = new VolumeStore({ root });
  await volumes.open();
  return { volumes, root };
}

const unused = { force: false, inUse: () => [] };

describe('volumes', () => {
  test('are made once, found, listed by name, and kept over a restart', async () => {
    const { volumes, root } = await openVolumes();
    const made = await volumes.create({ name: 'data', labels: { a: '1' } });
    expect(made).toMatchObject({ name: 'data', driver: 'local', labels: { a: '1' }, anonymous: false });
    expect(made.mountpoint).toBe(`${root}/volumes/data/_data`);
    expect(statSync(made.mountpoint).mode & 0o777).toBe(0o755);
    await volumes.create({ name: 'alpha' });
    const [again, third] = await Promise.all([
      volumes.create({ name: 'data' }),
      volumes.create({ name: 'data' }),
    ]);
    expect([again, third]).toEqual([made, made]);
    const { volumes: reopened } = await openVolumes(root);
    expect(reopened.list().map(({ name }) => name)).toEqual(['alpha', 'data']);
    expect(reopened.find('data')).toEqual(made);
  });

  test('without a name get 64 hexadecimal digits', async () => {
    const { volumes } = await openVolumes();
    expect(await volumes.create({})).toMatchObject({
      name: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      anonymous: true,
    });
  });

  test.each(['a', '.a', '../a', 'a/b', '-a', 'a b', ''.padEnd(300, 'a')])(
    'are not named "%s"',
    async (name) => {
      const { volumes } = await openVolumes();
      await expect(volumes.create({ name })).rejects.toMatchObject({
        code: 'VOLUME_NAME_INVALID',
        status: 400,
      });
    },
  );

  test('have no driver but local, whose options are checked and kept', async () => {
    const { volumes } = await openVolumes();
    await expect(volumes.create({ name: 'v1', driver: 'nfs' })).rejects.toThrow('plugin "nfs" not found');
    await expect(volumes.create({ name: 'v1', options: { foo: '1' } })).rejects.toThrow(
      'invalid option: "foo"',
    );
    await expect(volumes.create({ name: 'v1', options: { type: 'tmpfs' } })).rejects.toThrow('"device"');
    const options = { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' };
    await volumes.create({ name: 'v1', options });
    expect(volumes.find('v1')?.options).toEqual(options);
    await expect(volumes.create({ name: 'v1', options: { ...options, o: 'size=2m' } })).rejects.toMatchObject(
      {
        code: 'VOLUME_DIFFERS',
      },
    );
  });

  test('in use are not removed, in the words of Docker', async () => {
    const { volumes, root } = await openVolumes();
    await volumes.create({ name: 'data' });
    const inUse = () => ['0123', '4567'];
    await expect(volumes.remove('data', { force: true, inUse })).rejects.toThrow(
      'remove data: volume is in use - [0123, 4567]',
    );
    await volumes.remove('data', unused);
    expect(readdirSync(`${root}/volumes`)).toEqual([]);
    await expect(volumes.remove('data', unused)).rejects.toThrow('get data: no such volume');
    await volumes.remove('data', { ...unused, force: true });
  });

  test('are pruned by what accepts and uses them, and the freed bytes are told', async () => {
    const { volumes } = await openVolumes();
    for (const name of ['keep', 'used', 'gone']) {
      const { mountpoint } = await volumes.create({ name });
      writeFileSync(`${mountpoint}/file`, 'x'.repeat(1000));
    }
    const pruned = await volumes.prune({
      accepts: ({ name }) => name !== 'keep',
      inUse: (name) => (name === 'used' ? ['id'] : []),
    });
    expect(pruned).toEqual({ removed: ['gone'], freedBytes: 1000 });
    expect(volumes.list().map(({ name }) => name)).toEqual(['keep', 'used']);
  });

  test('half made or half removed go at the next start, but data that nobody removed stays', async () => {
    const { root } = await openVolumes();
    mkdirSync(`${root}/volumes/half/_data`, { recursive: true });
    mkdirSync(`${root}/volumes/.scratch-1/_data`, { recursive: true });
    writeFileSync(`${root}/volumes/.scratch-1/volume.json`, '{}');
    mkdirSync(`${root}/volumes/orphan/_data`, { recursive: true });
    writeFileSync(`${root}/volumes/orphan/_data/precious`, 'x');
    const { volumes } = await openVolumes(root);
    expect(volumes.list()).toEqual([]);
    expect(readdirSync(`${root}/volumes`)).toEqual(['orphan']);
    await volumes.create({ name: 'orphan' });
    expect(existsSync(`${root}/volumes/orphan/_data/precious`)).toBe(true);
  });
});
