import {
  AF_NETLINK,
  errnoName,
  isErrno,
  KernelError,
  SOCK_CLOEXEC,
  SOCK_RAW,
  SOL_SOCKET,
  SO_RCVBUF,
  systemCall,
  systemCallAsync,
  type CallDescription,
} from './kernel.ts';
import { inNetworkNamespace } from './namespaces.ts';
import {
  decodeAck,
  decodeMessages,
  encodeMessage,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  type NetlinkMessage,
} from './netlink-wire.ts';

/** One request: what changes, and how to say it when the kernel refuses. */
export interface NetlinkRequest extends CallDescription {
  readonly type: number;
  /** Besides NLM_F_REQUEST and NLM_F_ACK. */
  readonly flags?: number;
  readonly body: Buffer;
  /** Names of errnos that are no error: `EEXIST`. */
  readonly tolerated?: readonly string[];
}

/** An rtnetlink socket, bound to the network namespace it was opened in. All calls are synchronous. */
export interface NetlinkSocket {
  /** Does one request and checks the kernel's answer. Throws KernelError with the kernel's own words. */
  change(request: NetlinkRequest): void;
  /** As `change`, on a thread of the pool: for the few requests that the kernel takes long for. */
  changeLater(request: NetlinkRequest): Promise<void>;
  /** One object; undefined when the kernel refuses with a tolerated errno. */
  get(request: NetlinkRequest): Buffer | undefined;
  /** Every object of a kind. */
  dump(request: { readonly type: number; readonly body: Buffer; readonly what: string }): Buffer[];
}

/** As `withNetlink`, for work that waits. */
export async function withNetlinkLater<T>(
  netns: string | undefined,
  work: (socket: NetlinkSocket) => Promise<T>,
): Promise<T> {
  const fd = inNetworkNamespace(netns, openRouteSocket);
  try {
    return await work(socketOn(fd));
  } finally {
    systemCall('close', [fd], DESCRIPTION);
  }
}

/** Opens a socket in the namespace at `netns` (undefined: the own one), lends it to `work`, and closes it. */
export function withNetlink<T>(netns: string | undefined, work: (socket: NetlinkSocket) => T): T {
  const fd = inNetworkNamespace(netns, openRouteSocket);
  try {
    return work(socketOn(fd));
  } finally {
    systemCall('close', [fd], DESCRIPTION);
  }
}

/** As `withNetlink`, in the own namespace, to the kernel's packet filter and what it tracks. */
export function withNetfilter<T>(work: (socket: NetlinkSocket) => T): T {
  const fd = openSocket(NETLINK_NETFILTER);
  try {
    return work(socketOn(fd));
  } finally {
    systemCall('close', [fd], DESCRIPTION);
  }
}

const NETLINK_ROUTE = 0;
const NETLINK_NETFILTER = 12;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const RECEIVE_BUFFER_BYTES = 1 << 20;
const DATAGRAM_BYTES = 1 << 16;
const DESCRIPTION = { doing: 'talk to the kernel about network devices', command: 'ip link' };

let receiveBuffer: Buffer | undefined;

function openRouteSocket(): number {
  return openSocket(NETLINK_ROUTE);
}

function openSocket(family: number): number {
  const fd = systemCall('socket', [AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, family], DESCRIPTION);
  const on = Buffer.from([1, 0, 0, 0]);
  systemCall('setsockopt', [fd, SOL_NETLINK, NETLINK_CAP_ACK, on, on.length], DESCRIPTION);
  systemCall('setsockopt', [fd, SOL_NETLINK, NETLINK_EXT_ACK, on, on.length], DESCRIPTION);
  const size = Buffer.alloc(4);
  size.writeInt32LE(RECEIVE_BUFFER_BYTES);
  systemCall('setsockopt', [fd, SOL_SOCKET, SO_RCVBUF, size, size.length], DESCRIPTION);
  return fd;
}

function socketOn(fd: number): NetlinkSocket {
  let sequence = 0;
  return {
    change: (request) => {
      sequence += 1;
      send(fd, changeMessage(request, sequence), request);
      checkAck(answers(fd, sequence, request), request);
    },
    changeLater: async (request) => {
      sequence += 1;
      const data = encodeMessage(changeMessage(request, sequence));
      // The kernel does the work within send(2); the answer is there when it returns.
      await systemCallAsync('send', [fd, data, data.length, 0], request);
      checkAck(answers(fd, sequence, request), request);
    },
    get: (request) => {
      sequence += 1;
      send(fd, { type: request.type, flags: NLM_F_REQUEST, sequence, body: request.body }, request);
      const [answer] = answers(fd, sequence, request);
      if (answer?.type !== NLMSG_ERROR) return answer?.body;
      checkAck([answer], request);
      return undefined;
    },
    dump: ({ type, body, what }) => {
      sequence += 1;
      const description = { doing: `list ${what}`, command: `ip ${what}` };
      send(fd, { type, flags: NLM_F_REQUEST | NLM_F_DUMP, sequence, body }, description);
      return collectDump(fd, sequence, description);
    },
  };
}

function changeMessage({ type, flags, body }: NetlinkRequest, sequence: number): NetlinkMessage {
  return { type, flags: NLM_F_REQUEST | NLM_F_ACK | (flags ?? 0), sequence, body };
}

function send(fd: number, message: NetlinkMessage, description: CallDescription): void {
  const data = encodeMessage(message);
  systemCall('send', [fd, data, data.length, 0], description);
}

/** The messages of the next datagram that answer the request with this sequence number. */
function answers(fd: number, sequence: number, description: CallDescription): NetlinkMessage[] {
  const buffer = (receiveBuffer ??= Buffer.alloc(DATAGRAM_BYTES));
  for (;;) {
    const length = receive(fd, buffer, description);
    // A copy: what is decoded points into it, and the buffer is used again.
    const messages = decodeMessages(Buffer.from(buffer.subarray(0, length)));
    const mine = messages.filter((message) => message.sequence === sequence);
    if (mine.length > 0) return mine;
  }
}

function receive(fd: number, buffer: Buffer, description: CallDescription): number {
  for (;;) {
    try {
      return systemCall('recv', [fd, buffer, buffer.length, 0], description);
    } catch (error) {
      if (!isErrno(error, 'EINTR')) throw error;
    }
  }
}

function collectDump(fd: number, sequence: number, description: CallDescription): Buffer[] {
  const objects: Buffer[] = [];
  for (;;) {
    for (const message of answers(fd, sequence, description)) {
      if (message.type === NLMSG_DONE) return objects;
      if (message.type === NLMSG_ERROR) checkAck([message], { ...description, type: 0, body: message.body });
      else objects.push(message.body);
    }
  }
}

function checkAck(messages: readonly NetlinkMessage[], request: NetlinkRequest): void {
  const message = messages.find(({ type }) => type === NLMSG_ERROR);
  if (!message) return;
  const { errno, text } = decodeAck(message);
  if (errno === 0) return;
  const name = errnoName(errno);
  if (request.tolerated?.includes(name)) return;
  throw new KernelError(request, name, text);
}
