import { readFileSync, writeFileSync } from 'node:fs';
import { HostError } from '../model/errors.ts';
import { isErrno } from './kernel.ts';
import { inNetworkNamespace } from './namespaces.ts';

/**
 * Sets a kernel parameter, `net.ipv4.ip_forward` or `net/ipv4/conf/eth0.5/forwarding`, in the network namespace at
 * `netns`. IPv6 parameters of a kernel without IPv6 are passed over. Throws HostError HOST_SYSCTL_REFUSED.
 */
export function writeSysctl({ key, value, netns }: SysctlRequest): void {
  try {
    inNetworkNamespace(netns, () => writeFileSync(sysctlPath(key), value));
  } catch (error) {
    if (isErrno(error, 'ENOENT') && isIpv6(key)) return;
    throw refused({ key, value }, error);
  }
}

/** The value of a kernel parameter; undefined when the kernel has none of that name. */
export function readSysctl(key: string, netns?: string): string | undefined {
  try {
    return inNetworkNamespace(netns, () => readFileSync(sysctlPath(key), 'utf8')).trim();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

export interface SysctlRequest {
  readonly key: string;
  readonly value: string;
  readonly netns?: string | undefined;
}

/** The kernel's tree under /proc/sys; a key with slashes has names with dots in it. */
function sysctlPath(key: string): string {
  return `/proc/sys/${key.includes('/') ? key : key.replaceAll('.', '/')}`;
}

function isIpv6(key: string): boolean {
  return /^net[./]ipv6[./]/.test(key);
}

function refused({ key, value }: { key: string; value: string }, cause: unknown): unknown {
  if (!isErrno(cause, 'EROFS', 'EACCES', 'EPERM', 'ENOENT', 'EINVAL')) return cause;
  const command = `sysctl -w '${key}=${value}'`;
  return new HostError('HOST_SYSCTL_REFUSED', `cannot set the kernel parameter ${key} to ${value}`, {
    command,
    hint: `Berth needs root and a writable /proc/sys. To see the kernel refuse it by itself, run: ${command}`,
    cause,
  });
}
