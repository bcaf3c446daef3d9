/** What a test does to its stack. Services by their names in the compose file; all faults of a lease end with it. */
export type Fault =
  /** No packet passes between a service of one side and one of the other. */
  | { readonly kind: 'partition'; readonly left: readonly string[]; readonly right: readonly string[] }
  /** No packet enters or leaves, but for its own loopback. */
  | { readonly kind: 'isolate'; readonly services: readonly string[] }
  /** A name fails, for every container of the stack, or gives other addresses. */
  | { readonly kind: 'dns'; readonly name: string; readonly answer: DnsFault }
  /** Bits a second, each way, on every interface. */
  | { readonly kind: 'limit'; readonly services: readonly string[]; readonly bitsPerSecond: number };

export type DnsFault = 'servfail' | 'nxdomain' | readonly string[];
