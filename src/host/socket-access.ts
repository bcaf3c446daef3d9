import { chmodSync, chownSync, readFileSync } from 'node:fs';

/** Lets the owner and one group use a unix socket, nobody else. A missing group leaves it to the owner's own group. */
export function openToGroup(socketPath: string, group: string): void {
  try {
    chmodSync(socketPath, 0o660);
    const groupId = groupIdOf(group);
    if (groupId !== undefined) chownSync(socketPath, -1, groupId);
  } catch (error) {
    // Without the socket there is nothing to open: whoever made it learns why from its own error.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

function groupIdOf(name: string): number | undefined {
  const line = readGroups().find((entry) => entry.startsWith(`${name}:`));
  const id = Number(line?.split(':')[2]);
  return Number.isInteger(id) ? id : undefined;
}

function readGroups(): readonly string[] {
  try {
    return readFileSync('/etc/group', 'utf8').split('\n');
  } catch {
    return [];
  }
}
