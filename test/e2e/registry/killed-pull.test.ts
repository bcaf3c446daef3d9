import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { packed } from '../../helpers/busybox-image.ts';
import { startRegistry } from '../../helpers/docker-registry.ts';
import { privateHost } from '../../helpers/host.ts';
import { eventually } from '../../helpers/scenario.ts';

const LAYER_BYTES = 16 * 1024 * 1024;

/** Passes connections on to the registry; stops in the midst of a layer until the file `go` is there. */
const forwarder = `
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
createServer((client) => {
  let passed = 0;
  const server = connect(5000, '127.0.0.1');
  client.pipe(server);
  server.on('data', (chunk) => {
    passed += chunk.length;
    client.write(chunk);
    if (passed > ${LAYER_BYTES / 2} && !existsSync('go')) server.pause();
  });
  for (const [one, other] of [[client, server], [server, client]]) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}).listen(5010, '127.0.0.1', () => console.log('forwarding'));`;

test('a pull whose engine was killed leaves nothing to see, and the next one goes on from there', async () => {
  await using host = await privateHost();
  const registry = await startRegistry(host, { address: '127.0.0.1:5000' });
  await writeFile(`${host.folder}/forward.mjs`, forwarder);
  await using slow = host.start('node forward.mjs');
  await slow.saw('forwarding');
  await writeFile(`${host.folder}/rootfs.tar`, await packed([[{ name: 'data' }, randomBytes(LAYER_BYTES)]]));
  const [name, far] = ['127.0.0.1:5000/big:1', '127.0.0.1:5010/big:1'];
  await host.berth(['image', 'import', 'rootfs.tar', name]);
  await host.berth(['image', 'push', '-q', name]);
  await host.berth(['image', 'rm', '-f', name]);

  const pull = host.startBerth(['image', 'pull', far]);
  const partial = `${host.root}/images/partial`;
  const sizes = `find ${partial} -type f -size +${LAYER_BYTES / 4 / 1024}k | grep .`;
  await eventually(() => host.run(sizes), 60_000);
  await host.run(`kill -9 $(cat ${host.runRoot}/engine.pid)`);
  expect((await pull.ended).code).not.toBe(0);

  expect((await host.berth('image ls -q --no-trunc')).stdout.trim().split('\n')).toHaveLength(1);
  const seen = ['records', 'layers', 'blobs'].map((folder) => `${host.root}/images/${folder}`);
  expect((await host.run(`find ${seen.join(' ')} -type f 2>/dev/null | grep -c . || true`)).stdout).toBe(
    '0\n',
  );
  await host.run('touch go');
  await host.berth(['image', 'pull', '-q', far]);
  // 206: only the rest of the layer was asked for.
  expect(registry.stdout() + registry.stderr()).toMatch(
    /GET \/v2\/big\/blobs\/sha256:[0-9a-f]{64} HTTP\/1\.1" 206/,
  );
  await host.run(`find ${host.root}/images/layers -name data -size ${LAYER_BYTES / 1024}k | grep .`);
});
