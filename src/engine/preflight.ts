import { BerthError } from '../model/errors.ts';
import type { ContainerRecord } from '../model/container.ts';
import type { PortRequest } from '../model/network.ts';
import type { Core } from './core.ts';
import type { ExpandRequest, PreflightProblem } from './engine-api.ts';
import { previewOf } from './preview.ts';

/**
 * Looks for what would keep the operations from being done, before any is begun: no runtime, a name or subnet that
 * clashes, an image that is missing, a port that somebody else has. Ports of containers that the same operations
 * stop or remove count as free.
 */
export async function preflight(core: Core, requests: readonly ExpandRequest[]): Promise<PreflightProblem[]> {
  const creations = requests.filter((request) => request.kind === 'create-container');
  const problems = await runtimeProblems(core, creations[0]);
  const preview = previewOf(core, { describes: false });
  for (const request of requests) {
    await collect(problems, request.id, () => void preview.expand(request));
    if (problems.length > 0) return problems;
  }
  return portProblems(core, requests);
}

async function runtimeProblems(core: Core, first: ExpandRequest | undefined): Promise<PreflightProblem[]> {
  const problems: PreflightProblem[] = [];
  if (first) await collect(problems, first.id, core.driver);
  return problems;
}

/** Every port is really taken for a moment, all of them together, so that clashes within the file show too. */
async function portProblems(core: Core, requests: readonly ExpandRequest[]): Promise<PreflightProblem[]> {
  const problems: PreflightProblem[] = [];
  const freed = placesFreedBy(core, requests);
  const held: string[] = [];
  for (const request of requests) {
    const wanted = wantedPorts(core, request);
    if (!wanted) continue;
    const ports = wanted.ports.filter((port) => port.hostPort !== 0 && !isFreed(freed, port));
    const container = `${wanted.name} (checked)`;
    held.push(container);
    const title = `container ${wanted.name}`;
    await collect(problems, request.id, () => core.ports.reserve({ container, title, requests: ports }));
  }
  for (const container of held) core.ports.release(container);
  return problems;
}

function wantedPorts(
  core: Core,
  request: ExpandRequest,
): { name: string; ports: readonly PortRequest[] } | undefined {
  if (request.kind === 'create-container') return { name: request.spec.name, ports: request.spec.ports };
  if (request.kind !== 'start-container') return undefined;
  // A container that the same operations create is not there yet: its creation has asked already.
  const container = core.state.lookUpContainer(request.name);
  if (!container || core.state.live.has(container.id)) return undefined;
  return { name: container.spec.name, ports: container.spec.ports };
}

function placesFreedBy(core: Core, requests: readonly ExpandRequest[]): Set<string> {
  const leaving = requests.flatMap((request): ContainerRecord[] => {
    if (request.kind !== 'stop-container' && request.kind !== 'remove-container') return [];
    const container = core.state.lookUpContainer(request.name);
    return container ? [container] : [];
  });
  return new Set(
    leaving.flatMap((container) =>
      container.publishedPorts.map((port) => `${port.protocol} ${String(port.hostPort)}`),
    ),
  );
}

function isFreed(freed: ReadonlySet<string>, port: PortRequest): boolean {
  for (let number = port.hostPort; number <= port.hostPortEnd; number += 1) {
    if (freed.has(`${port.protocol} ${String(number)}`)) return true;
  }
  return false;
}

async function collect(problems: PreflightProblem[], id: number, work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    problems.push({ id, error });
  }
}
