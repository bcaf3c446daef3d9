// The stack that everybody brings up, and the image that everybody has.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';

export const image = 'localhost/bench/busybox:1';

/** N services that sleep: all on network `a`, every second one on `b` too, every fifth with a published port. */
export function composeFile(count) {
  const services = Array.from({ length: count }, (_, index) => {
    const networks = index % 2 === 1 ? '[a, b]' : '[a]';
    const ports = index % 5 === 0 ? `\n    ports: ["${publishedPort(index)}:80"]` : '';
    return `  s${index + 1}:
    image: ${image}
    command: ["sleep", "1000000"]
    stop_signal: SIGKILL
    stop_grace_period: 0s
    networks: ${networks}${ports}`;
  });
  // podman-compose refuses a network that no service is on.
  const second = count > 1 ? '  b: {}\n' : '';
  return `services:\n${services.join('\n')}\nnetworks:\n  a: {}\n${second}`;
}

export function publishedPort(index) {
  return 20000 + index;
}

/** A root file system with busybox and its names; returns the tar. */
export function makeRootfs(folder) {
  const root = `${folder}/rootfs`;
  for (const name of ['bin', 'dev', 'etc', 'proc', 'run', 'sys', 'tmp', 'var'])
    mkdirSync(`${root}/${name}`, { recursive: true });
  execFileSync('cp', ['-L', busybox(), `${root}/bin/busybox`]);
  for (const name of ['sh', 'sleep', 'cat', 'ls', 'ps', 'true'])
    execFileSync('ln', ['-sf', 'busybox', `${root}/bin/${name}`]);
  writeFileSync(`${root}/etc/passwd`, 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(`${root}/etc/group`, 'root:x:0:\n');
  execFileSync('tar', ['-C', root, '-cf', `${folder}/rootfs.tar`, '.']);
  return `${folder}/rootfs.tar`;
}

/** A busybox that needs no libraries. */
function busybox() {
  const path = execFileSync('bash', ['-c', 'command -v busybox || true'], { encoding: 'utf8' }).trim();
  if (!path) throw new Error('busybox is missing: bin/bench brings it (or: apt-get install busybox-static)');
  const needs = execFileSync('bash', ['-c', `ldd ${path} 2>&1 || true`], { encoding: 'utf8' });
  if (!/not a dynamic|statically/.test(needs))
    throw new Error(`${path} is not static: bin/bench brings one that is`);
  return path;
}
