/** What `berth trace` asks: `POST /berth/trace`. */
export interface TraceRequest {
  /** A container, a service, `host`, or `lan`: a neighbour on the network that the host is on. */
  readonly from: string;
  /** `db:5432`, `172.18.0.3:80`, `[::1]:80`, with `/udp` behind it for UDP. */
  readonly to: string;
  /** Where names of services are looked for first. */
  readonly project?: string;
  /** Make a real attempt, and compare. */
  readonly probe?: boolean;
}

export type TraceStage = 'name' | 'bind' | 'nat' | 'route' | 'link' | 'filter' | 'arrive';

/** One thing that happened to the packet. */
export interface TraceStep {
  readonly stage: TraceStage;
  readonly text: string;
  /** Further facts, one a line. */
  readonly notes: readonly string[];
  /** How often the rule was used since it stands. */
  readonly packets?: number;
  /** The packet goes no further than this. */
  readonly isEnd: boolean;
}

/** What would make it reachable. */
export interface TraceRemedy {
  readonly text: string;
  /** A command that does it. */
  readonly command?: string;
  /** Where in the compose file of `project` it would be changed. */
  readonly composePath?: readonly (string | number)[];
  readonly project?: string;
}

/** A real attempt. */
export interface ProbeReport {
  readonly reachable: boolean;
  /** `answered in 0.3 ms`, `refused`. */
  readonly text: string;
  /** Whether it says the same as the trace. */
  readonly agrees: boolean;
}

export interface TraceReport {
  readonly from: string;
  readonly to: string;
  readonly steps: readonly TraceStep[];
  readonly reachable: boolean;
  /** Why not; empty when reachable. */
  readonly reason: string;
  readonly remedies: readonly TraceRemedy[];
  readonly probe?: ProbeReport;
}
