/** The label of everything that belongs to a lease: it goes when nobody holds the lease any more. */
export const LEASE_LABEL = 'dev.berth.lease';

/** What `POST /berth/leases` answers, one JSON line, when the stack is the caller's to make or to use. */
export interface LeaseGrant {
  /** Names this holder. */
  readonly lease: string;
  /** The value of `LEASE_LABEL` for what is made under the lease; shared by all holders of the same key. */
  readonly stack: string;
  /** Whether the holder has to make the stack; else it stands ready. */
  readonly maker: boolean;
}

/** Whether something goes with a lease. */
export function isLeased(labels: Readonly<Record<string, string>>): boolean {
  return labels[LEASE_LABEL] !== undefined;
}
