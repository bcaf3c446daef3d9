import { expect, it } from 'vitest';
import { privateHost, type PrivateHost } from '../../helpers/host.ts';
import { dockerOf, here, inspect } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);

interface Seen {
  readonly id: string;
  readonly address: string;
  readonly volume: string;
}

async function web(host: PrivateHost): Promise<Seen> {
  const { Id, NetworkSettings, Mounts } = await inspect(host, 'convergence-web-1');
  const address = NetworkSettings.Networks['convergence_front']?.IPAddress ?? '';
  return { id: Id, address, volume: Mounts[0]?.Name ?? '' };
}

it('what changed in the file changes, in the gentlest way, and the plan says which field', async () => {
  await using host = await privateHost();
  const before = await host.snapshot();
  const docker = dockerOf(host);
  await host.berth('up -d', { cwd });
  const first = await web(host);
  expect(first).toMatchObject({ address: '10.91.0.2', volume: 'convergence_data' });

  // Another subnet: the network is made anew, and the same container joins it again.
  const subnet = { SUBNET: '10.92.0.0/24' };
  const planned = await host.berth('plan', { cwd, env: subnet });
  expect(planned.stdout).toContain('ipam.config[0].subnet: "10.91.0.0/24" → "10.92.0.0/24"');
  await host.berth('up -d', { cwd, env: subnet });
  const second = await web(host);
  expect(second).toEqual({ ...first, address: '10.92.0.2' });
  const { stdout } = await host.berth('exec -T app ip -4 -o addr show eth0', { cwd, env: subnet });
  expect(stdout).toContain('10.92.0.2/24');

  // A changed volume stays, with a note; `-y` makes it anew, with the containers that use it.
  const tier = { ...subnet, TIER: 'two' };
  const kept = await host.berth('up -d', { cwd, env: tier });
  expect(kept.stderr).toContain('volume data: labels.tier: "one" → "two"; it is kept as it is');
  await host.berth('up -d -y', { cwd, env: tier });
  expect((await docker.getVolume('convergence_data').inspect()).Labels['tier']).toBe('two');
  expect((await web(host)).id).not.toBe(first.id);

  // Another volume in its place.
  await host.berth('up -d', { cwd, env: { ...tier, VOLUME: 'other' } });
  expect((await web(host)).volume).toBe('other');

  // What shares a namespace needs its owner.
  await docker.getContainer('convergence-web-1').remove({ force: true });
  const alone = await host.berth('up -d --no-deps app', { cwd, env: tier, allowFailure: true });
  expect(alone.stderr).toContain('cannot share network namespace with service web: container missing');
  await host.berth('down -v', { cwd, env: tier });
  await host.expectClean(before);
});
