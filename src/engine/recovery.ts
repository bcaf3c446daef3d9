import { diagnose } from '../host/diagnostics.ts';
import { removeTree } from '../host/files.ts';
import { mountPoints } from '../host/mounts.ts';
import { findLink, withNetlink } from '../host/netlink.ts';
import type { NetworkRecord } from '../model/network.ts';
import { defaultMtu } from '../network/default-mtu.ts';
import { madeDevices } from '../network/macvlan.ts';
import { adoptContainers } from './adopt-containers.ts';
import type { ContainerService } from './container-service.ts';
import { applyFirewall } from './core.ts';
import type { Core } from './core.ts';
import { predefinedNetworks } from './default-bridge.ts';
import type { DefaultBridge } from './default-bridge.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { NetworkService } from './network-service.ts';
import { sweepStrays } from './sweep.ts';

export interface RecoveryServices {
  readonly networks: NetworkService;
  readonly containers: ContainerService;
  readonly lifecycle: Lifecycle;
  readonly defaultBridge: DefaultBridge;
}

/**
 * Takes up what an earlier engine left: what was recorded, compared with what the machine has. Operations that it
 * did not end are taken back or ended, strays of ours go, running containers get their names and ports back.
 */
export async function recover(core: Core, services: RecoveryServices): Promise<void> {
  const { containers, strayFolders } = core.records.loadContainers();
  for (const network of core.records.loadNetworks()) core.state.networks.set(network.id, network);
  for (const { record } of containers) core.state.replace(record);
  for (const network of predefinedNetworks(core)) {
    core.state.networks.set(network.id, network);
    await core.records.saveNetwork(network);
  }
  noteSandboxes(core);
  for (const folder of strayFolders) await removeTree(folder);
  await mendNetworks(core, services.networks);
  await adoptContainers(core, services, containers);
  await sweepStrays(core);
  await applyFirewall(core);
  await services.defaultBridge.rest();
}

/** A namespace file counts only while it is mounted: after a reboot it is gone. */
function noteSandboxes(core: Core): void {
  const prefix = `${core.paths.namespaces}/`;
  for (const place of mountPoints()) {
    if (place.startsWith(prefix)) core.state.sandboxes.add(place.slice(prefix.length));
  }
}

async function mendNetworks(core: Core, networks: NetworkService): Promise<void> {
  for (const network of [...core.state.networks.values()]) {
    const [device] = [network.bridge, ...madeDevices(network)].filter((name) => name !== '');
    if (network.dormant || (network.state === 'ready' && device === undefined)) continue;
    if (network.state !== 'ready') await giveUp(networks, network);
    else if (device !== undefined && !linkExists(device)) {
      // After a boot the way out may be another.
      await networks.build({ ...network, mtu: defaultMtu(), state: 'creating' });
    }
  }
}

async function giveUp(networks: NetworkService, network: NetworkRecord): Promise<void> {
  try {
    await networks.demolish(network);
  } catch (error) {
    diagnose(`network ${network.spec.name}, left half-done by an earlier engine`, error);
  }
}

function linkExists(name: string): boolean {
  return withNetlink(undefined, (socket) => findLink(socket, name) !== undefined);
}
