import type { ContainerSpec } from '../model/container.ts';
import { sysctlRefused } from './errors.ts';

/**
 * The kernel settings of a container: what it asks for, and what Docker sets for all: every user may open low ports and
 * send pings inside the container's own network.
 */
export function sysctlsFor(
  { security, domainname }: Pick<ContainerSpec, 'security' | 'domainname'>,
  { ownNetwork }: { readonly ownNetwork: boolean },
): Record<string, string> {
  return {
    ...(ownNetwork
      ? { 'net.ipv4.ip_unprivileged_port_start': '0', 'net.ipv4.ping_group_range': '0 2147483647' }
      : {}),
    ...(domainname !== '' && security.utsMode !== 'host' ? { 'kernel.domainname': domainname } : {}),
    ...security.sysctls,
  };
}

/**
 * Refuses settings that would change the machine rather than the container.
 * @throws {EngineError} SYSCTL_REFUSED in the words that Docker's users know
 */
export function checkSysctls({
  security,
  networkMode,
}: Pick<ContainerSpec, 'security' | 'networkMode'>): void {
  for (const name of Object.keys(security.sysctls).map((key) => key.replaceAll('/', '.'))) {
    if (name.startsWith('net.')) {
      if (networkMode === 'host')
        throw sysctlRefused(`sysctl "${name}" not allowed in host network namespace`);
    } else if (IPC.has(name) || name.startsWith('fs.mqueue.')) {
      if (security.ipcMode === 'host')
        throw sysctlRefused(`sysctl "${name}" is not allowed in the hosts ipc namespace`);
    } else if (UTS.has(name)) {
      if (security.utsMode === 'host')
        throw sysctlRefused(`sysctl "${name}" is not allowed in the hosts uts namespace`);
    } else {
      throw sysctlRefused(`sysctl "${name}" is not in a separate kernel namespace`);
    }
  }
}

const IPC = new Set([
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
  'kernel.sem',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'kernel.shm_rmid_forced',
]);
const UTS = new Set(['kernel.domainname', 'kernel.hostname']);
