import type { ResourceSpec } from '../model/container.ts';
import { fileFacts, listFolder } from '../host/files-now.ts';
import { deviceMissing } from './errors.ts';
import type { OciDevice } from './oci-types.ts';

/**
 * The devices of the machine that a container gets: those it names (a folder stands for all devices in it), or every
 * one when it is privileged.
 * @throws {HostError} DEVICE_MISSING
 */
export function ociDevicesFor(resources: ResourceSpec, privileged: boolean): OciDevice[] {
  const named = (resources.devices ?? []).flatMap((device) => {
    const found = devicesAt(device.pathOnHost, device.pathInContainer || device.pathOnHost);
    if (found.length === 0) throw deviceMissing(device.pathOnHost, whyMissing(device.pathOnHost));
    return found;
  });
  if (!privileged) return named;
  const names = new Set(named.map((device) => device.path));
  return [...named, ...devicesAt('/dev', '/dev').filter((device) => !names.has(device.path))];
}

/** Major and minor number of the disk that a limit names. Throws HostError DEVICE_MISSING. */
export function diskNumbers(path: string): { major: number; minor: number } {
  const facts = fileFacts(path, { follow: true });
  if (facts?.kind !== 'block-device') throw deviceMissing(path, whyMissing(path));
  return { major: facts.major, minor: facts.minor };
}

function whyMissing(path: string): 'not a device node' | 'no such file or directory' {
  return fileFacts(path, { follow: true }) ? 'not a device node' : 'no such file or directory';
}

const FOLDER_DEPTH_MAX = 8;
/** The container has its own of these. */
const OWN_DEVICES = new Set(['/dev/pts', '/dev/shm', '/dev/mqueue', '/dev/fd', '/dev/console', '/dev/ptmx']);

function devicesAt(host: string, target: string, depth = 0): OciDevice[] {
  if (OWN_DEVICES.has(target) || depth > FOLDER_DEPTH_MAX) return [];
  const facts = fileFacts(host, { follow: depth === 0 });
  switch (facts?.kind) {
    case 'folder':
      return listFolder(host).flatMap((name) => devicesAt(`${host}/${name}`, `${target}/${name}`, depth + 1));
    case 'character-device':
    case 'block-device':
      return [
        {
          path: target,
          type: facts.kind === 'block-device' ? 'b' : 'c',
          major: facts.major,
          minor: facts.minor,
          fileMode: facts.mode,
          uid: facts.uid,
          gid: facts.gid,
        },
      ];
    default:
      return [];
  }
}
