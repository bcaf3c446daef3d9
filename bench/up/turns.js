// What benches of whole stacks share: peers that take turns, each run on a private host with fresh state.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadPrivateHost } from './private-host.js';
import { makeRootfs } from './stack.js';

const results = fileURLToPath(new URL('../results/', import.meta.url));

/** The peers that are wanted and can run here; says which one can not. */
export function available(peers, only) {
  const wanted = peers.filter(({ name }) => only.length === 0 || only.includes(name));
  return wanted.filter((peer) => {
    const missing = peer.missing();
    if (missing) console.log(`${peer.name}: left out, as ${missing} is missing (bin/bench installs it)`);
    return !missing;
  });
}

/**
 * Calls `work` with what every run of a bench needs. Fresh folders for every run are removed together at the end: ext4
 * is slow to make files after it deleted many.
 */
export async function withBench({ keep }, work) {
  const folder = mkdtempSync('/var/tmp/berth-bench-');
  try {
    await work({ privateHost: await loadPrivateHost(), rootfs: makeRootfs(folder), folder });
  } finally {
    if (!keep) rmSync(folder, { recursive: true, force: true });
  }
}

/** A run of one peer: `work` gets the host and what its commands need; `compose` is the text of the stack. */
export async function onHost(bench, { peer, count, label, compose, timeoutMs = 900_000 }, work) {
  const folder = `${bench.folder}/${peer.name}-${label}`;
  mkdirSync(folder, { recursive: true });
  const host = await bench.privateHost({ folder });
  try {
    writeFileSync(`${folder}/compose.yaml`, compose);
    const options = { ...(await peer.prepare(host, { rootfs: bench.rootfs, count })), timeoutMs };
    return await work(host, options);
  } finally {
    await host[Symbol.asyncDispose]();
    peer.cleanUp?.();
  }
}

export function perform(host, argv, options) {
  return argv[0] === 'berth' ? host.berth(argv.slice(1), options) : host.run(argv, options);
}

/** Writes what was measured; returns the file. */
export function save(name, result) {
  mkdirSync(results, { recursive: true });
  const file = `${results}${name}-${new Date().toISOString().replace(/[:.]/g, '-')}.json`;
  writeFileSync(file, `${JSON.stringify(result, undefined, 2)}\n`);
  return file;
}
