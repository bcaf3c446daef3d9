/**
 * Actions: everything the engine does to the machine, as data. Each has an inverse where one exists.
 * `describe` (per room) prints an action as a command a person could paste; `perform` does it in process.
 * Paths are absolute; `netns` is the path of a network namespace file, absent for the engine's own.
 */
export type Action =
  | {
      readonly kind: 'record';
      readonly object: ObjectKind;
      readonly id: string;
      readonly state: string;
      readonly path: string;
    }
  | { readonly kind: 'forget'; readonly object: ObjectKind; readonly id: string; readonly path: string }
  | { readonly kind: 'netns-add'; readonly path: string }
  | { readonly kind: 'netns-del'; readonly path: string }
  | {
      readonly kind: 'bridge-add';
      readonly name: string;
      readonly mac: string;
      readonly mtu: number;
      readonly alias: string;
    }
  | { readonly kind: 'link-del'; readonly name: string; readonly netns?: string }
  | { readonly kind: 'link-up'; readonly name: string; readonly netns?: string }
  | {
      /** Neighbours are told of the addresses of `name`, once its `port` on a bridge passes packets. */
      readonly kind: 'link-announce';
      readonly name: string;
      readonly netns: string;
      readonly mac: string;
      readonly port: string;
    }
  | { readonly kind: 'address-add'; readonly link: string; readonly cidr: string; readonly netns?: string }
  | VethAdd
  | MacvlanAdd
  | {
      readonly kind: 'vlan-add';
      readonly name: string;
      readonly parent: string;
      readonly id: number;
      readonly alias: string;
    }
  | { readonly kind: 'wire-add'; readonly name: string; readonly peer: string; readonly alias: string }
  | { readonly kind: 'route-add'; readonly to: string; readonly via: string; readonly netns?: string }
  | { readonly kind: 'route-replace'; readonly to: 'default'; readonly via: string; readonly netns: string }
  | { readonly kind: 'sysctl'; readonly key: string; readonly value: string; readonly netns?: string }
  | { readonly kind: 'firewall'; readonly added: readonly string[]; readonly removed: readonly string[] }
  | {
      readonly kind: 'partition';
      readonly netns: string;
      readonly family: 'ipv4' | 'ipv6';
      /** Addresses that the namespace does not talk to; `all`: nobody but itself. */
      readonly dropped: 'all' | readonly string[];
    }
  | {
      readonly kind: 'link-rate';
      readonly link: string;
      readonly netns?: string;
      /** 0: no limit. */
      readonly bitsPerSecond: number;
    }
  | { readonly kind: 'resolver-open'; readonly netns: string; readonly container: string }
  | { readonly kind: 'resolver-close'; readonly netns: string; readonly container: string }
  | { readonly kind: 'ports-reserve'; readonly container: string; readonly ports: readonly string[] }
  | { readonly kind: 'ports-release'; readonly container: string; readonly ports: readonly string[] }
  | { readonly kind: 'folder-add'; readonly path: string; readonly mode: number }
  | { readonly kind: 'file-write'; readonly path: string; readonly content: string; readonly mode: number }
  | { readonly kind: 'tree-del'; readonly path: string }
  | { readonly kind: 'files-hold'; readonly container: string; readonly targets: readonly string[] }
  | { readonly kind: 'files-drop'; readonly container: string }
  | {
      readonly kind: 'volume-add';
      readonly name: string;
      readonly path: string;
      readonly driver: string;
      readonly options: Readonly<Record<string, string>>;
      readonly labels: Readonly<Record<string, string>>;
      readonly anonymous: boolean;
    }
  | {
      readonly kind: 'volume-copy-up';
      readonly name: string;
      readonly container: string;
      readonly target: string;
    }
  | {
      readonly kind: 'volume-mount';
      readonly name: string;
      readonly path: string;
      readonly options: Readonly<Record<string, string>>;
    }
  /** Only when no other running container uses the volume. */
  | {
      readonly kind: 'volume-unmount';
      readonly name: string;
      readonly path: string;
      readonly container: string;
    }
  | {
      readonly kind: 'host-path-add';
      readonly path: string;
      readonly uid: number;
      readonly gid: number;
    }
  | { readonly kind: 'container-create'; readonly container: string; readonly bundle: string }
  | { readonly kind: 'container-start'; readonly container: string }
  | { readonly kind: 'container-signal'; readonly container: string; readonly signal: string }
  | { readonly kind: 'container-await-exit'; readonly container: string; readonly timeoutMs: number }
  | { readonly kind: 'container-delete'; readonly container: string }
  | {
      readonly kind: 'conntrack-flush';
      readonly family: 'ipv4' | 'ipv6';
      /** Empty: every address of this machine. */
      readonly hostIp: string;
      readonly hostPort: number;
      readonly containerIp: string;
      /** The container `ends`: flows that lead to it. It `starts`: those that do not, and should. */
      readonly when: 'starts' | 'ends';
    };

export type ObjectKind = 'network' | 'container' | 'volume' | 'image';

/** A veth pair: one end on the host as a port of `master`, its peer born inside `peerNetns`. */
export interface VethAdd {
  readonly kind: 'veth-add';
  readonly name: string;
  readonly alias: string;
  readonly mtu: number;
  readonly master: string;
  readonly hairpin: boolean;
  /** Bridge port isolation: how `icc=false` is done without br_netfilter. */
  readonly isolated: boolean;
  readonly peer: string;
  readonly peerNetns: string;
  readonly peerMac: string;
}

/** A device on `parent` with a MAC address of its own, born inside `netns`. */
export interface MacvlanAdd {
  readonly kind: 'macvlan-add';
  readonly parent: string;
  readonly mode: 'bridge' | 'private' | 'vepa' | 'passthru';
  readonly name: string;
  readonly netns: string;
  readonly mac: string;
  /** Bytes; absent: that of the parent. */
  readonly mtu?: number;
}

export type ActionKind = Action['kind'];
export type ActionOf<K extends ActionKind> = Extract<Action, { kind: K }>;

/** How one kind of action is told and done. `perform` must be safe to repeat after a crash. */
export interface ActionHandler<K extends ActionKind> {
  /** One or more shell commands that do the same, one a line. Pure. */
  readonly describe: (action: ActionOf<K>) => string;
  readonly perform: (action: ActionOf<K>) => void | Promise<void>;
}

export type ActionHandlers<K extends ActionKind> = { readonly [P in K]: ActionHandler<P> };

/** One numbered step of an operation: an action, why, and how to take it back. */
export interface Step {
  /** Unique within the operation, stable over runs: `veth eth0`. */
  readonly id: string;
  /** What a person reads in the task list: `endpoint on shop_front, 172.18.0.3`. */
  readonly title: string;
  readonly action: Action;
  readonly undo?: Action;
  /** It needs nothing of the step before it: both are done at the same time. */
  readonly alongside?: true;
}

/** A step told to a person: what `plan --steps` prints. */
export interface DescribedStep {
  readonly id: string;
  readonly title: string;
  readonly command: string;
  readonly undo: string;
}
