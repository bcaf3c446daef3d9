import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { mount, mountPoints, spawnInPrivateMounts } from '../../../src/host/mounts.ts';
import { createNetworkNamespace, deleteNetworkNamespace } from '../../../src/host/namespaces.ts';

/** Spawns a child with an overlay of its own below the folder given, and prints what each side saw. */
const folder = process.argv[2] ?? '';
for (const name of ['lower', 'upper', 'work', 'merged', 'cwd', 'netns'])
  mkdirSync(`${folder}/${name}`, { recursive: true });
writeFileSync(`${folder}/lower/file`, 'from below');
process.chdir(`${folder}/cwd`);
createNetworkNamespace(`${folder}/netns/one`);

const namespace = readlinkSync('/proc/thread-self/ns/mnt');
const table = readFileSync('/proc/thread-self/mountinfo', 'utf8');
const script = `cat ${folder}/merged/file; echo; pwd; read -r _; grep -c netns/one /proc/self/mountinfo`;
const child = spawnInPrivateMounts({
  hideUnified: true,
  prepare: () =>
    mount({
      source: 'overlay',
      target: `${folder}/merged`,
      type: 'overlay',
      data: `lowerdir=${folder}/lower,upperdir=${folder}/upper,workdir=${folder}/work`,
    }),
  spawn: () => spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] }),
});
const said: string[] = [];
child.stdout.on('data', (data: Buffer) => said.push(String(data)));
await once(child.stdout, 'data');
const pool = await Promise.all(
  ['ns/mnt', 'root', 'cwd'].map((name) => readlink(`/proc/thread-self/${name}`)),
);
const seen = {
  sees: existsSync(`${folder}/merged/file`),
  sameTable: readFileSync('/proc/thread-self/mountinfo', 'utf8') === table,
  sameNamespace: readlinkSync('/proc/thread-self/ns/mnt') === namespace,
  place: [process.cwd(), readlinkSync('/proc/thread-self/root')],
  pool: [pool[0] === namespace, pool[1], pool[2]],
};
deleteNetworkNamespace(`${folder}/netns/one`);
child.stdin.end('\n');
await once(child, 'close');
const leftovers = mountPoints().filter((path) => path.startsWith(`${folder}/`));
console.log(JSON.stringify({ child: said.join('').trim().split('\n'), engine: seen, leftovers }));
