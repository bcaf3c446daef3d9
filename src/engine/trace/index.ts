import { probeConnection, probeFromNeighbour, probeName, type ProbeResult } from '../../host/probe.ts';
import type { ProbeReport, TraceReport, TraceRequest } from '../../model/trace.ts';
import type { Core } from '../core.ts';
import { liveWorld } from './live-world.ts';
import { isAddress } from './target.ts';
import { traceConnection, type Traced } from './trace.ts';

/**
 * Traces a connection, and with `probe` tries it as well.
 * @throws {EngineError} TRACE_TARGET_INVALID, TRACE_FROM_UNKNOWN, TRACE_FROM_STOPPED
 */
export async function traceWithProbe(core: Core, request: TraceRequest): Promise<TraceReport> {
  const traced = await traceConnection(await liveWorld(core), request);
  if (request.probe !== true) return traced.report;
  return { ...traced.report, probe: compared(traced, await attempt(traced)) };
}

async function attempt({ origin, target, attempt: goal }: Traced): Promise<ProbeResult> {
  if (goal) {
    const request = { ...goal, protocol: target.protocol };
    return origin.kind === 'lan' ? probeFromNeighbour(request) : probeConnection(origin.place.netns, request);
  }
  const { netns } = origin.place;
  if (netns !== undefined && !isAddress(target.host)) return probeName(netns, target.host);
  return { reachable: false, text: 'there is no address to try' };
}

function compared({ report }: Traced, { reachable, text }: ProbeResult): ProbeReport {
  const verdict = reachable ?? report.reachable;
  return { reachable: verdict, text, agrees: verdict === report.reachable };
}
