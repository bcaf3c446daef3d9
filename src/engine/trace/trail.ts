import type { TraceRemedy, TraceStage, TraceStep } from '../../model/trace.ts';

/** What is found on the way, in order. */
export class Trail {
  readonly steps: TraceStep[] = [];
  readonly remedies: TraceRemedy[] = [];
  reason = '';

  step(stage: TraceStage, text: string, more: { notes?: readonly string[]; packets?: number } = {}): void {
    this.steps.push({ stage, text, notes: more.notes ?? [], ...packetsOf(more), isEnd: false });
  }

  /** The packet goes no further. */
  end(stage: TraceStage, text: string, why: End): false {
    this.steps.push({ stage, text, notes: why.notes ?? [], ...packetsOf(why), isEnd: true });
    this.reason = why.reason;
    this.remedies.push(...(why.remedies ?? []));
    return false;
  }
}

export interface End {
  readonly reason: string;
  readonly notes?: readonly string[];
  readonly packets?: number;
  readonly remedies?: readonly TraceRemedy[];
}

function packetsOf({ packets }: { packets?: number }): { packets?: number } {
  return packets === undefined ? {} : { packets };
}
