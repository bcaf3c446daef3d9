import { EngineError } from '../model/errors.ts';

/** Every capability that Linux knows, in the order of its bit. */
export const ALL_CAPABILITIES = words(`
  CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
  NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN
  SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE
  MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`);

/** What Docker gives a container that asks for nothing. */
export const DEFAULT_CAPABILITIES = words(`
  AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID
  SYS_CHROOT`);

/**
 * The capabilities of a container: the defaults plus `add` minus `drop`, where `ALL` is a word on either side.
 * Names may lack `CAP_`. Nothing outside `available` (what the engine itself holds) is given.
 * @throws {EngineError} CAPABILITY_UNKNOWN
 */
export function capabilitiesFor(request: {
  readonly privileged: boolean;
  readonly add: readonly string[];
  readonly drop: readonly string[];
  readonly available: readonly string[];
}): string[] {
  const add = request.add.map(fullName);
  const drop = new Set(request.drop.map(fullName));
  const wanted = new Set(request.privileged || add.includes('CAP_ALL') ? ALL_CAPABILITIES : []);
  if (!drop.has('CAP_ALL')) for (const name of DEFAULT_CAPABILITIES) wanted.add(name);
  for (const name of add) wanted.add(name);
  const named = new Set(add);
  return ALL_CAPABILITIES.filter((name) => {
    if (!wanted.has(name) || !request.available.includes(name)) return false;
    return request.privileged || !drop.has(name) || (drop.has('CAP_ALL') && named.has(name));
  });
}

/** Names of the bits of a mask as `/proc/<pid>/status` prints it. */
export function capabilitiesOfMask(hexadecimal: string): string[] {
  const mask = BigInt(`0x${hexadecimal}`);
  return ALL_CAPABILITIES.filter((_, bit) => (mask >> BigInt(bit)) & 1n);
}

function fullName(name: string): string {
  const upper = name.toUpperCase();
  const full = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (full !== 'CAP_ALL' && !ALL_CAPABILITIES.includes(full))
    throw new EngineError(400, 'CAPABILITY_UNKNOWN', `invalid capability: unknown capability: "${full}"`, {
      hint: 'see `man 7 capabilities` for the names; `ALL` stands for every one',
    });
  return full;
}

function words(text: string): readonly string[] {
  return text
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => `CAP_${word}`);
}
