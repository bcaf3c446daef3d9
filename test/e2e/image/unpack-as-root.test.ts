import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setXattr } from '../../../src/host/file-nodes.ts';
import { ImageStore } from '../../../src/image/store.ts';
import { unpackLayer } from '../../../src/image/unpack.ts';
import { VolumeStore } from '../../../src/image/volumes.ts';
import { busyboxArchive, packed } from '../../helpers/busybox-image.ts';

let root = '';

beforeEach(() => {
  root = mkdtempSync(`${tmpdir()}/berth-image-`);
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

const sh = (script: string): string => execFileSync('sh', ['-ec', script], { cwd: root, encoding: 'utf8' });

/** Everything that a tar can say about a tree, with names in order: equal bytes mean equal trees. */
function archived(folder: string): Buffer {
  const options = [
    '--format=pax',
    '--pax-option=exthdr.name=%d/pax/%f,delete=atime,delete=ctime',
    '--sort=name',
  ];
  const attributes = ['--xattrs', '--xattrs-include=*', '--numeric-owner'];
  return execFileSync('tar', ['-C', folder, '-cf', '-', ...options, ...attributes, '.'], { maxBuffer: 1e9 });
}

describe('unpacking as root', () => {
  test('a rich tree comes out as it went in: owners, modes, devices, attributes, links, holes', async () => {
    sh(`
      mkdir -p tree/bin tree/var/tmp tree/dev "tree/odd names"
      echo program > tree/bin/su; chown 0:42 tree/bin/su; chmod 4755 tree/bin/su
      ln tree/bin/su tree/bin/other; ln -s ../bin/su tree/var/link; ln -s /nowhere tree/dangling
      echo ping > tree/bin/ping; chown 65534:3000000000 tree/bin/ping
      chmod 1777 tree/var/tmp; chown -h 33:33 tree/dangling
      mknod tree/dev/null c 1 3; mknod tree/dev/sda b 8 4000; mkfifo tree/dev/pipe; chmod 666 tree/dev/null
      truncate -s 30M tree/var/sparse; printf x | dd of=tree/var/sparse bs=1 seek=10M conv=notrunc status=none
      printf 'x' > "tree/odd names/$(printf 'caf\\351')"; : > "tree/odd names/$(printf 'new\\nline')"
      : > tree/${'n'.repeat(200)}; mkdir -p tree/${'deep/'.repeat(60)}; chmod 500 tree/${'deep/'.repeat(60)}
      find tree -exec touch -h -d @1600000000 {} +
    `);
    const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
    setXattr(Buffer.from(`${root}/tree/bin/ping`), 'security.capability', capability);
    setXattr(Buffer.from(`${root}/tree/bin`), 'user.note', Buffer.from([1, 0, 255]));
    const before = archived(`${root}/tree`);
    const { diffId } = await unpackLayer(tarStream(), { into: `${root}/diff` });
    expect(diffId).toMatch(/^sha256:/);
    expect(archived(`${root}/diff`).equals(before)).toBe(true);
    expect(Number(sh('du -k diff/var/sparse').split('\t')[0])).toBeLessThan(1000);
  });

  function tarStream() {
    sh("tar -C tree -cf tree.tar --format=pax --xattrs '--xattrs-include=*' --numeric-owner --sparse .");
    return createReadStream(`${root}/tree.tar`);
  }

  test('what a layer hides is hidden when the kernel lays it over another', async () => {
    mkdirSync(`${root}/lower`);
    sh(
      'mkdir -p lower/etc/old lower/opaque lower/again; touch lower/etc/gone lower/etc/kept lower/opaque/x lower/again/x',
    );
    const layer = await packed([
      [{ name: 'etc/.wh.gone' }],
      [{ name: 'etc/.wh.old' }],
      [{ name: 'opaque', type: 'directory' }],
      [{ name: 'opaque/.wh..wh..opq' }],
      [{ name: 'opaque/new' }, 'x'],
      [{ name: '.wh.again' }],
      [{ name: 'again', type: 'directory' }],
      [{ name: 'again/new' }, 'x'],
    ]);
    await unpackLayer(one(layer), { into: `${root}/upper` });
    const seen = sh(`
      mkdir merged
      unshare --mount sh -ec 'mount -t overlay overlay -o lowerdir=upper:lower merged; cd merged; find . | sort'
    `);
    expect(seen.split('\n').filter(Boolean)).toEqual([
      '.',
      './again',
      './again/new',
      './etc',
      './etc/kept',
      './opaque',
      './opaque/new',
    ]);
  });

  test('attributes that steer overlayfs are not taken from an archive', async () => {
    sh('mkdir tree; : > tree/a');
    setXattr(Buffer.from(`${root}/tree/a`), 'trusted.overlay.redirect', Buffer.from('/etc'));
    await unpackLayer(tarStream(), { into: `${root}/diff` });
    const kept = archived(`${root}/diff`).includes('trusted.overlay');
    expect(kept).toBe(false);
  });

  test('a device in a layer is made, and no other user reaches it', async () => {
    const store = new ImageStore({ root });
    await store.open();
    const layer = await packed([
      [{ name: 'sda', type: 'block-device', devmajor: 8, devminor: 0, mode: 0o666 }],
    ]);
    const image = await store.importRootfs(one(layer), { reference: 'dev' });
    const node = lstatSync(`${store.layers(image)[0] ?? ''}/sda`);
    expect([node.isBlockDevice(), node.rdev]).toEqual([true, 0x800]);
    expect(lstatSync(`${root}/images`).mode & 0o777).toBe(0o700);
  });
});

describe('copy-up', () => {
  test('fills an empty volume with what the layers together show, owners and modes kept', async () => {
    sh(`
      mkdir -p low/real/sub low/var high/real low/dev
      echo a > low/real/a; echo gone > low/real/gone; echo s > low/real/sub/s
      chown 999:998 low/real low/real/a; chmod 750 low/real; ln -s /real low/var/data
      mkdir -p high/real; chown 999:998 high/real; chmod 750 high/real; mknod high/real/gone c 0 0; echo b > high/real/b
    `);
    const volumes = new VolumeStore({ root });
    await volumes.open();
    const volume = await volumes.create({ name: 'data' });
    const layers = [`${root}/high`, `${root}/low`];
    await volumes.copyUp({ volume, layers, path: '/var/data' });
    expect(sh('cd volumes/data/_data && find . -printf "%P %m %U:%G\\n" | sort')).toBe(
      ' 750 999:998\na 644 999:998\nb 644 0:0\nsub 755 0:0\nsub/s 644 0:0\n',
    );
    sh('echo changed > volumes/data/_data/a; rm volumes/data/_data/b');
    await volumes.copyUp({ volume, layers, path: '/var/data' });
    expect(sh('cat volumes/data/_data/a; ls volumes/data/_data')).toBe('changed\na\nsub\n');
    expect(readdirSync(`${root}/volumes`)).toEqual(['data']);
    expect(sh('cat /proc/self/mountinfo')).not.toContain(root);
  });

  test('of a place that is no folder, of one layer, and of the machine above its own state does what it should', async () => {
    sh('mkdir -p low/d; echo x > low/file; echo y > low/d/y');
    const volumes = new VolumeStore({ root });
    await volumes.open();
    const copy = async (name: string, layers: readonly string[], path: string) => {
      const volume = await volumes.create({ name });
      await volumes.copyUp({ volume, layers, path });
      return readdirSync(volume.mountpoint);
    };
    expect(await copy('of-file', [`${root}/low`], '/file')).toEqual([]);
    expect(await copy('of-none', [`${root}/low`], '/none')).toEqual([]);
    expect(await copy('of-one', [`${root}/low`], 'd')).toEqual(['y']);
    expect(await copy('of-root', ['/'], '/')).toEqual([]);
    expect(await copy('of-host', ['/'], '/etc/default')).toEqual(readdirSync('/etc/default').sort());
  });
});

test('the busybox image for other tests loads and runs', async () => {
  const path = await busyboxArchive('busybox:test', { files: { '/var/www/index.html': 'hello' } });
  try {
    const store = new ImageStore({ root });
    await store.open();
    const lines: string[] = [];
    for await (const line of store.load(path)) lines.push(line);
    expect(lines).toEqual(['Loaded image: busybox:test']);
    const image = store.find('busybox:test');
    const folder = image ? (store.layers(image)[0] ?? '') : '';
    const output = execFileSync('chroot', [folder, '/bin/sh', '-c', 'id -un; cat /var/www/index.html'], {
      encoding: 'utf8',
    });
    expect(output).toContain('root\nhello');
    expect(existsSync(`${folder}/bin/httpd`)).toBe(true);
  } finally {
    rmSync(path);
  }
});

async function* one(data: Buffer): AsyncGenerator<Buffer> {
  yield data;
}
