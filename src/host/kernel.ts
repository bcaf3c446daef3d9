import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import { HostError } from '../model/errors.ts';

/** A system call that the kernel refused. `errno` is its name: `EPERM`, `EBUSY`. */
export class KernelError extends HostError {
  readonly errno: string;

  /** `reason`: the kernel's own words, where it gave some. */
  constructor(call: CallDescription, errno: string, reason = '') {
    super('HOST_CALL_FAILED', `cannot ${call.doing}: ${errno} (${reason || meaningOf(errno)})`, {
      command: call.command,
      hint: hintFor(errno, call.command),
    });
    this.errno = errno;
  }
}

/** A system call in words and as the command that does the same: what an error about it says. */
export interface CallDescription {
  /** Completes "cannot …": `mount /run/berth/netns/3f2a`. */
  readonly doing: string;
  readonly command: string;
}

type Argument = number | string | Buffer | null;

const PROTOTYPES = {
  setns: 'int setns(int fd, int kind)',
  unshare: 'int unshare(int flags)',
  mount:
    'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)',
  umount2: 'int umount2(const char *target, int flags)',
  fchdir: 'int fchdir(int fd)',
  chroot: 'int chroot(const char *path)',
  flock: 'int flock(int fd, int operation)',
  socket: 'int socket(int domain, int type, int protocol)',
  bind: 'int bind(int fd, const void *address, unsigned int length)',
  connect: 'int connect(int fd, const void *address, unsigned int length)',
  listen: 'int listen(int fd, int backlog)',
  setsockopt: 'int setsockopt(int fd, int level, int option, const void *value, unsigned int length)',
  getsockname: 'int getsockname(int fd, void *address, void *length)',
  send: 'long send(int fd, const void *data, size_t length, int flags)',
  recv: 'long recv(int fd, void *data, size_t length, int flags)',
  recvmmsg: 'int recvmmsg(int fd, void *messages, unsigned int count, int flags, void *timeout)',
  sendmmsg: 'int sendmmsg(int fd, void *messages, unsigned int count, int flags)',
  shutdown: 'int shutdown(int fd, int how)',
  close: 'int close(int fd)',
  pipe2: 'int pipe2(void *fds, int flags)',
  dup3: 'int dup3(int from, int to, int flags)',
  syscall: 'long syscall(long number, long one, const char *two, long three, const char *four, long five)',
  ioctl: 'int ioctl(int fd, unsigned long request, void *argument)',
} as const;

export type CallName = keyof typeof PROTOTYPES;

/** Makes one system call on the calling thread and returns its result. Throws KernelError. */
export function systemCall(name: CallName, args: readonly Argument[], description: CallDescription): number {
  const { functions, library } = kernel();
  const result = functions[name](...args);
  if (result < 0) throw new KernelError(description, errnoName(library.errno()));
  return result;
}

/** As `systemCall`, on a thread of the pool: for calls that may wait. */
export function systemCallAsync(
  name: CallName,
  args: readonly Argument[],
  description: CallDescription,
): Promise<number> {
  const { functions, library } = kernel();
  return new Promise((resolve, reject) => {
    functions[name].async(...args, (error: Error | null, result: number) => {
      if (error) reject(error);
      else if (result < 0) reject(new KernelError(description, errnoName(library.errno())));
      else resolve(result);
    });
  });
}

/** A system call for a path where each microsecond counts: gives what the kernel gives, below 0 for any error. */
export function rawSystemCall(name: CallName): (...args: readonly Argument[]) => number {
  return kernel().functions[name];
}

/** Where a buffer lies in memory: what a structure that points to it holds. The buffer must be kept. */
export function addressOf(buffer: Buffer): bigint {
  return kernel().library.address(buffer);
}

/** The name of an error number of this machine: 17 → `EEXIST`. */
export function errnoName(errno: number): string {
  const names = (kernel().names ??= new Map(
    Object.entries(kernel().library.os.errno).map(([name, number]) => [number, name]),
  ));
  return names.get(errno) ?? `errno ${errno}`;
}

/** True when `error` is a refused system call with one of these names (Node's own file errors too). */
export function isErrno(error: unknown, ...names: readonly string[]): boolean {
  if (error instanceof KernelError) return names.includes(error.errno);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && names.includes(code);
}

export const CLONE_FS = 0x200;
export const CLONE_NEWNS = 0x20000;
export const CLONE_NEWNET = 0x40000000;

export const MS_RDONLY = 0x1;
export const MS_NOSUID = 0x2;
export const MS_NODEV = 0x4;
export const MS_NOEXEC = 0x8;
export const MS_REMOUNT = 0x20;
export const MS_BIND = 0x1000;
export const MS_REC = 0x4000;
export const MS_PRIVATE = 0x40000;
export const MS_SLAVE = 0x80000;
export const MS_SHARED = 0x100000;
export const MNT_DETACH = 0x2;

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_BRIDGE = 7;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_SEQPACKET = 5;
export const SOCK_NONBLOCK = 0x800;
export const SOCK_CLOEXEC = 0x80000;
export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_REUSEPORT = 15;
export const IPPROTO_IPV6 = 41;
export const IPV6_V6ONLY = 26;
export const IP_FREEBIND = 15;
export const IPPROTO_IP = 0;

export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;
export const LOCK_UN = 8;

interface BoundFunction {
  (...args: readonly Argument[]): number;
  async(...args: readonly unknown[]): void;
}

interface Kernel {
  readonly library: typeof Koffi;
  readonly functions: Readonly<Record<CallName, BoundFunction>>;
  names?: Map<number, string>;
}

let loaded: Kernel | undefined;

/** Loaded at the first call: it takes 10 ms, which a command that only asks the engine need not pay. */
function kernel(): Kernel {
  if (loaded) return loaded;
  const library = createRequire(import.meta.url)('koffi') as typeof Koffi;
  const program = library.load(null);
  const functions = Object.fromEntries(
    Object.entries(PROTOTYPES).map(([name, prototype]) => [name, program.func(prototype)]),
  ) as unknown as Record<CallName, BoundFunction>;
  loaded = { library, functions };
  return loaded;
}

const MEANINGS: Readonly<Record<string, string>> = {
  EPERM: 'not permitted',
  EACCES: 'permission denied',
  ENOENT: 'no such file or object',
  EEXIST: 'it exists already',
  EBUSY: 'it is in use',
  EINVAL: 'the kernel does not accept these arguments',
  ENODEV: 'no such device or file system type',
  EOPNOTSUPP: 'this kernel does not support it',
  EADDRINUSE: 'the address is in use',
  EADDRNOTAVAIL: 'this machine does not have that address',
  EAFNOSUPPORT: 'this kernel does not have that address family',
  ENETUNREACH: 'the network is unreachable',
  EMFILE: 'too many open files',
  ENOSPC: 'a limit of the kernel is reached',
  ENOMEM: 'out of memory',
};

function meaningOf(errno: string): string {
  return MEANINGS[errno] ?? 'see errno(3)';
}

function hintFor(errno: string, command: string): string {
  if (errno === 'EPERM' || errno === 'EACCES') {
    return 'Berth changes namespaces, mounts and network devices: run it as root, with CAP_SYS_ADMIN and CAP_NET_ADMIN.';
  }
  return `To see the kernel refuse it by itself, run: ${command}`;
}
