import { rm } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { busyboxArchive } from '../../helpers/busybox-image.ts';
import { startRegistry } from '../../helpers/docker-registry.ts';
import { privateHost } from '../../helpers/host.ts';
import { here } from '../../helpers/scenario.ts';

const cwd = here(import.meta.url);
const registry = '127.0.0.1:5000';

interface Manifest {
  readonly artifactType: string;
  readonly layers: readonly { mediaType: string; digest: string; annotations: Record<string, string> }[];
}

it('what is published is in the registry, file by file, with the names changed that would lead nowhere', async () => {
  await using host = await privateHost();
  await startRegistry(host, { address: registry });
  const archive = await busyboxArchive('box:1', { command: ['sleep', '1000'] });
  await host.berth(['image', 'load', '-i', archive]);
  await rm(archive);
  await host.berth(['image', 'tag', 'box:1', `${registry}/team/box:1`]);
  await host.berth(['image', 'push', `${registry}/team/box:1`]);
  const fetched = async (path: string) =>
    (await host.run(['curl', '-sf', `http://${registry}/v2/team/shop/${path}`])).stdout;

  const refused = await host.berth(`publish ${registry}/team/shop:1`, { cwd, allowFailure: true });
  expect(refused.code).toBe(130);
  expect(refused.stderr).toContain('service "web": env_file declared');

  const shown = await host.berth(`publish --with-env --dry-run ${registry}/team/shop:1`, { cwd });
  expect(shown.stderr).toContain(`dry run: ${registry}/team/shop:1 published`);
  expect((await host.run(['curl', '-s', `http://${registry}/v2/_catalog`])).stdout).not.toContain(
    'team/shop',
  );

  const args = `publish --with-env --resolve-image-digests ${registry}/team/shop:1`;
  const digest = (await host.berth(args, { cwd })).stdout.trim();
  const accept = 'Accept: application/vnd.oci.image.manifest.v1+json';
  const url = `http://${registry}/v2/team/shop/manifests/${digest}`;
  const { artifactType, layers } = JSON.parse(
    (await host.run(['curl', '-sf', '-H', accept, url])).stdout,
  ) as Manifest;
  expect(artifactType).toBe('application/vnd.docker.compose.project');
  const named = (end: string) =>
    layers.find(({ annotations }) => Object.values(annotations).some((value) => value.endsWith(end)));
  const [main, base, env, pinned] = ['compose.yaml', '.yaml', '.env', 'image-digests.yaml'].map(
    (end, index) =>
      index === 1
        ? layers.find(({ annotations }) => annotations['com.docker.compose.extends'] === 'true')
        : named(end),
  );
  const text = await fetched(`blobs/${String(main?.digest)}`);
  expect(text).toContain('# what comes along has another name there');
  expect(text).toContain(`file: ${String(base?.annotations['com.docker.compose.file'])}`);
  expect(text).toContain(`path: ${String(env?.annotations['com.docker.compose.envfile'])}`);
  expect(text).toContain('WORD: ${WORD:-none}');
  expect(await fetched(`blobs/${String(env?.digest)}`)).toBe('GREETING=hello\n');
  expect(await fetched(`blobs/${String(pinned?.digest)}`)).toMatch(
    /image: 127\.0\.0\.1:5000\/team\/box:1@sha256:[0-9a-f]{64}/,
  );
});
