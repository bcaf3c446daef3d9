import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { busyboxArchive } from '../../helpers/busybox-image.ts';
import { privateHost, type PrivateHost, type Snapshot } from '../../helpers/host.ts';
import { dockerOf, here } from '../../helpers/scenario.ts';

let cwd = '';
let host: PrivateHost;
let before: Snapshot;

beforeAll(async () => {
  host = await privateHost();
  const archive = await busyboxArchive('e2e/store:latest', {
    files: { '/data/seed': 'seed\n', '/conf/app.conf': 'x\n' },
    volumes: ['/declared'],
  });
  await host.berth(['image', 'load', '-i', archive]);
  await rm(archive);
  before = await host.snapshot();
  cwd = await mkdtemp('/tmp/berth-volumes-');
  await cp(`${here(import.meta.url)}/compose.yaml`, `${cwd}/compose.yaml`);
  await mkdir(`${cwd}/plain/below`, { recursive: true });
  await writeFile(`${cwd}/plain/file`, 'plain\n');
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await rm(cwd, { recursive: true });
});

const inside = async (text: string, service = 'app'): Promise<string> =>
  (await host.berth(['exec', '-T', service, 'sh', '-c', text], { cwd, allowFailure: true })).stdout;
const mountsOn = async (path: string): Promise<string> =>
  (await host.run(`findmnt -rn -o TARGET,FSTYPE | grep ${path} || true`)).stdout;

it('every kind of mount is what the file says', async () => {
  await host.run(`mount -t tmpfs below ${cwd}/plain/below`);
  const env = { SUDO_UID: '1234', SUDO_GID: '1235' };
  await host.berth('up -d', { cwd, env });
  expect(await inside('cat /data/seed /image/seed /bound/file')).toBe('seed\nseed\nplain\n');
  expect(await inside('ls /fresh')).toBe('seed\n');
  expect(await inside('stat -c "%a %u %g" /scratch; stat -c %a /fast; df -k /scratch /fast /memory')).toMatch(
    /^1750 33 34\n711\n[\s\S]* 64 [\s\S]* 128 [\s\S]* 1024 /,
  );
  expect((await host.run(`stat -c '%u %g' ${cwd}/made ${cwd}/made/by/you`)).stdout).toBe(
    '1234 1235\n1234 1235\n',
  );
  const write = 'touch /plain/x || touch /plain/below/x || touch /image/x || echo refused';
  expect(await inside(`(${write}) 2>/dev/null`)).toBe('refused\n');
  expect(await inside('cat /data/seed /plain/file; touch /data/x 2>/dev/null || echo refused', 'heir')).toBe(
    'seed\nplain\nrefused\n',
  );
});

it('a volume that is a filesystem is mounted for as long as somebody uses it, over a crash of the engine too', async () => {
  const place = `${host.root}/volumes/store_memory/_data`;
  await inside('echo kept > /memory/file');
  await host.berth('stop -t 0 heir', { cwd });
  expect(await mountsOn(place)).toBe(`${place} tmpfs\n`);
  await host.run(`kill -9 $(cat ${host.runRoot}/engine.pid)`);
  expect(await inside('cat /memory/file')).toBe('kept\n');
  await host.berth('stop -t 0', { cwd });
  expect(await mountsOn(place)).toBe('');
  await host.berth('start app', { cwd });
  await host.run(`kill -9 $(cat ${host.runRoot}/engine.pid) $(cat ${host.runRoot}/containers/*/pidfile)`);
  await host.berth('ps', { cwd });
  expect(await mountsOn(place)).toBe('');
});

it('named and anonymous volumes go on over a recreate; -V makes the anonymous ones anew', async () => {
  await host.berth('up -d', { cwd });
  await inside('touch /data/mine /anonymous/mine /declared/mine');
  await host.berth('up -d --force-recreate', { cwd });
  expect(await inside('ls /data /anonymous /declared | grep mine | wc -l')).toBe('3\n');
  await host.berth('up -d --force-recreate -V', { cwd });
  expect(await inside('ls /data /anonymous /declared | grep mine | wc -l')).toBe('1\n');
});

it('a subpath must be there, and a link in a volume leads nowhere outside of it', async () => {
  const docker = dockerOf(host);
  const start = async (Subpath: string): Promise<string> => {
    const Mounts = [{ Type: 'volume', Source: 'store_data', Target: '/sub', VolumeOptions: { Subpath } }];
    const container = await docker.createContainer({
      Image: 'e2e/store',
      Cmd: ['sh', '-c', 'ls /sub'],
      HostConfig: { Mounts: Mounts as never },
    });
    try {
      await container.start();
      await container.wait();
      return (await container.logs({ stdout: true })).toString();
    } finally {
      await container.remove({ force: true });
    }
  };
  await inside('mkdir /data/sub; touch /data/sub/here; ln -s / /data/out');
  expect(await start('sub')).toContain('here');
  expect(await start('out')).not.toContain('etc');
  await expect(start('nowhere')).rejects.toThrow(
    /cannot access path .*_data\/nowhere: no such file or directory/,
  );
});

const fails = async (name: string, volume: string, volumes = ''): Promise<string> => {
  await writeFile(
    `${cwd}/${name}.yaml`,
    `name: ${name}\nservices:\n  app:\n    image: e2e/store\n    command: 'true'\n    volumes:\n      - ${volume}\n${volumes}`,
  );
  const result = await host.berth(`-f ${name}.yaml up -d`, { cwd, allowFailure: true });
  expect(result.code).not.toBe(0);
  await host.berth(`-f ${name}.yaml down -v`, { cwd });
  return result.stderr;
};

it('mistakes are told before anything starts, each with its line', async () => {
  expect(await fails('onfolder', './plain/file:/conf')).toMatch(
    /plain\/file is a file, and \/conf is a folder in the image[\s\S]*onfolder.yaml:7/,
  );
  expect(await fails('onfile', './missing.conf:/conf/app.conf')).toMatch(
    /missing\.conf is not there, and \/conf\/app\.conf is a file in the image[\s\S]*onfile.yaml:7/,
  );
  await expect(host.run(`test -e ${cwd}/missing.conf`)).rejects.toThrow();
  expect(
    await fails('nopath', '{type: bind, source: ./none, target: /x, bind: {create_host_path: false}}'),
  ).toMatch(/bind source path does not exist: .*none[\s\S]*nopath.yaml:7/);
  expect(await fails('outside', 'shared:/x', 'volumes: {shared: {external: true}}')).toMatch(
    /declared as external, but could not be found[\s\S]*berth volume create shared/,
  );
  const nfs = "volumes: {far: {driver_opts: {type: nfs, device: ':/x', o: 'addr=127.0.0.1'}}}";
  expect(await fails('far', 'far:/x', nfs)).toMatch(
    /failed to mount local volume far_far: cannot mount :\/x[\s\S]*mount -t nfs -o addr=127.0.0.1 :\/x/,
  );
});

it('shared propagation takes mounts both ways, and needs a shared mount', async () => {
  expect(
    await fails('private', `{type: bind, source: ./plain, target: /x, bind: {propagation: rshared}}`),
  ).toMatch(/is mounted on .* but it is not a shared mount/);
  await host.run(
    `mkdir ${cwd}/shared && mount -t tmpfs s ${cwd}/shared && mount --make-shared ${cwd}/shared`,
  );
  const docker = dockerOf(host);
  const container = await docker.createContainer({
    Image: 'berth/host',
    Cmd: ['sleep', 'infinity'],
    HostConfig: { Binds: [`${cwd}/shared:/mnt:rshared`], Privileged: true },
  });
  await container.start();
  await host.run(
    `mkdir ${cwd}/shared/in && mount -t tmpfs i ${cwd}/shared/in && touch ${cwd}/shared/in/file`,
  );
  const pid = (await container.inspect()).State.Pid;
  const enter = `nsenter -t ${pid} -m`;
  expect((await host.run(`${enter} ls /mnt/in`)).stdout).toBe('file\n');
  await host.run(`${enter} sh -c 'mkdir /mnt/out && mount -t tmpfs o /mnt/out && touch /mnt/out/file'`);
  expect((await host.run(`ls ${cwd}/shared/out`)).stdout).toBe('file\n');
  await container.remove({ force: true });
  await host.run(`umount ${cwd}/shared/in ${cwd}/shared/out; umount ${cwd}/shared`);
});

it('down keeps volumes and says which; down -v takes them, but not what they were mounted from', async () => {
  const { stdout, stderr } = await host.berth('down', { cwd });
  expect(stdout + stderr).toMatch(/store_bound, store_data and store_memory/);
  const list = 'volume ls --filter name=store_ --filter dangling=true --format {{.Name}}={{.Driver}}';
  expect((await host.berth(list)).stdout).toBe('store_bound=local\nstore_data=local\nstore_memory=local\n');
  await host.berth('down -v', { cwd });
  await expect(inspectVolume('store_data')).rejects.toThrow('no such volume');
  expect((await host.run(`cat ${cwd}/plain/file`)).stdout).toBe('plain\n');
  await host.run(`umount ${cwd}/plain/below`);
  await host.berth('volume create --label keep=no other', { cwd });
  await host.berth('volume prune -a --filter label=keep=yes', { cwd });
  expect((await inspectVolume('other')).Name).toBe('other');
  await host.berth('volume prune -a', { cwd });
  await host.expectClean(before);
});

const inspectVolume = (name: string) => dockerOf(host).getVolume(name).inspect();
