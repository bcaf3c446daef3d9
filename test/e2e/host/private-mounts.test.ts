import { rmSync } from 'node:fs';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { privateHost, repository } from '../../helpers/host.ts';

const bundle = `${repository}/node_modules/.cache/berth-mounts-${process.pid}.mjs`;

beforeAll(async () => {
  await build({
    absWorkingDir: repository,
    entryPoints: ['test/e2e/host/program.ts'],
    outfile: bundle,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['koffi'],
    logLevel: 'warning',
  });
});
afterAll(() => rmSync(bundle, { force: true }));

/** What both sides must have seen. A namespace that went while the child lives is gone for the child too. */
function wanted(folder: string): unknown {
  return {
    child: ['from below', `${folder}/cwd`, '0'],
    engine: {
      sees: false,
      sameTable: true,
      sameNamespace: true,
      place: [`${folder}/cwd`, '/'],
      pool: [true, '/', `${folder}/cwd`],
    },
    leftovers: [],
  };
}

it('children have mounts that nobody else sees and that go with them', async () => {
  await using host = await privateHost();
  await host.run('mkdir /run/lab && mount -t tmpfs lab /run/lab');
  const { stdout } = await host.run(['node', bundle, '/run/lab'], { cwd: '/usr' });
  expect(JSON.parse(stdout)).toEqual(wanted('/run/lab'));
});

it('the same holds inside a chroot that is no mount point', async () => {
  await using host = await privateHost();
  await host.run(`set -e
    root=${host.folder}/root
    mkdir -p $root/{usr,proc,dev,lab,tmp} $root${repository}
    for link in bin sbin lib lib64; do if [ -L /$link ]; then cp -P /$link $root/; fi; done
    mount --bind /usr $root/usr
    mount --rbind ${repository} $root${repository}
    mount --rbind /proc $root/proc
    mount --rbind /dev $root/dev
    mount -t tmpfs lab $root/lab`);
  const node = (await host.run('readlink -f "$(command -v node)"')).stdout.trim();
  await host.run(
    `mkdir -p ${host.folder}/root/node && mount --bind "$(dirname ${node})" ${host.folder}/root/node`,
  );
  const { stdout } = await host.run(['chroot', `${host.folder}/root`, '/node/node', bundle, '/lab'], {
    cwd: '/usr',
  });
  expect(JSON.parse(stdout)).toEqual(wanted('/lab'));
});
