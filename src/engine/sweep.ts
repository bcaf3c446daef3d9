import { removeTree } from '../host/files.ts';
import { listFolder, removeFileNow } from '../host/files-now.ts';
import { deleteNetworkNamespace } from '../host/namespaces.ts';
import { deleteLink, listLinks, withNetlinkLater } from '../host/netlink.ts';
import { findProcesses } from '../host/process-table.ts';
import { madeDevices } from '../network/macvlan.ts';
import type { Core } from './core.ts';
import { unmountUnused } from './volume-mounts.ts';

/** Removes what is ours by name or mark and belongs to nothing that is recorded: the remains of a crash. */
export async function sweepStrays(core: Core): Promise<void> {
  sweepNamespaces(core);
  await sweepLinks(core);
  await sweepContainers(core);
  unmountUnused(core);
}

/**
 * Kills the monitor and runtime of a container whose creation was cut off, so that they cannot go on behind our
 * back. Each look may find what the last one's victims had just started.
 */
export function killCreation(core: Core, id: string): void {
  const looksMax = 20;
  for (let look = 0; look < looksMax; look += 1) {
    const pids = findProcesses(
      (argv) => isMachinery(argv[0] ?? '') && argv.includes(id) && mentions(argv, core),
    );
    if (pids.length === 0) return;
    for (const pid of pids) killNow(pid);
  }
}

function sweepNamespaces(core: Core): void {
  const known = new Set([...core.state.containers.keys()].map((id) => id.slice(0, 12)));
  for (const name of listFolder(core.paths.namespaces)) {
    if (known.has(name) && core.state.sandboxes.has(name)) continue;
    deleteNetworkNamespace(`${core.paths.namespaces}/${name}`);
    core.state.sandboxes.delete(name);
  }
}

async function sweepLinks(core: Core): Promise<void> {
  const mark = `berth:${core.owner}:`;
  const wanted = new Set([
    ...[...core.state.networks.values()]
      .filter((network) => !network.dormant)
      .flatMap((network) => [network.bridge, ...madeDevices(network)]),
    ...[...core.state.containers.values()].flatMap((container) =>
      container.endpoints.map((endpoint) => endpoint.hostInterface),
    ),
  ]);
  await withNetlinkLater(undefined, async (socket) => {
    for (const link of listLinks(socket)) {
      if (link.alias.startsWith(mark) && !wanted.has(link.name)) await deleteLink(socket, link.name);
    }
  });
}

async function sweepContainers(core: Core): Promise<void> {
  const places = [core.paths.runContainers, `${core.paths.runRoot}/runtime`];
  const strays = new Set(places.flatMap(listFolder).filter((id) => !core.state.containers.has(id)));
  for (const id of strays) {
    killCreation(core, id);
    await (await core.driver()).delete(id);
    await removeTree(`${core.paths.runContainers}/${id}`);
  }
  core.grantedFiles.keepOnly((id) => core.state.containers.has(id));
  for (const name of listFolder(core.paths.live)) {
    if (!core.state.containers.has(name.replace('.json', ''))) removeFileNow(`${core.paths.live}/${name}`);
  }
  for (const name of listFolder(core.paths.exits)) {
    if (!core.state.containers.has(name)) removeFileNow(`${core.paths.exits}/${name}`);
  }
}

function isMachinery(program: string): boolean {
  return ['conmon', 'crun', 'runc'].includes(program.slice(program.lastIndexOf('/') + 1));
}

function mentions(argv: readonly string[], core: Core): boolean {
  return argv.some((word) => word.startsWith(core.paths.runRoot));
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in between.
  }
}
