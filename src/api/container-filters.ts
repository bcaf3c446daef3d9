import type { ContainerRecord } from '../model/container.ts';
import { type Call, flag, integer } from './call.ts';
import { badFilter } from './errors.ts';
import { type Filters, matchesText, readFilters } from './filters.ts';

const KNOWN = [
  'ancestor',
  'before',
  'exited',
  'expose',
  'health',
  'id',
  'is-task',
  'isolation',
  'label',
  'label!',
  'name',
  'network',
  'publish',
  'since',
  'status',
  'volume',
];

const STATUSES = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'];

type Test = (container: ContainerRecord) => boolean;

/** The containers that `GET /containers/json` asks for, newest first. */
export function selectContainers(call: Call): readonly ContainerRecord[] {
  const filters = readFilters(call, KNOWN);
  const limit = Math.max(0, integer(call, 'limit') ?? 0);
  const everything = flag(call, 'all') || limit > 0 || ['status', 'exited'].some((key) => filters.has(key));
  const tests = [...identityTests(filters), ...stateTests(filters), ...relationTests(call, filters)];
  const found = call.engine
    .listContainers()
    .filter((container) => everything || isUp(container))
    .filter((container) => tests.every((test) => test(container)))
    .toSorted((one, other) => compareCreated(other, one));
  return limit > 0 ? found.slice(0, limit) : found;
}

function isUp({ state }: ContainerRecord): boolean {
  return ['running', 'paused', 'restarting'].includes(state.status);
}

/** RFC 3339 texts with nanoseconds: milliseconds decide, then the text, which is finer. */
function compareCreated(one: ContainerRecord, other: ContainerRecord): number {
  const difference = Date.parse(one.created) - Date.parse(other.created);
  if (difference !== 0) return difference;
  return one.created < other.created ? -1 : Number(one.created > other.created);
}

function identityTests(filters: Filters): readonly Test[] {
  return [
    ({ id }) => filters.any('id', (wanted) => id.startsWith(wanted) || matchesText(wanted, id)),
    ({ spec }) =>
      filters.any('name', (wanted) => matchesText(wanted, spec.name) || matchesText(wanted, `/${spec.name}`)),
    ({ process }) => filters.labels(process.labels),
  ];
}

function stateTests(filters: Filters): readonly Test[] {
  const badStatus = filters.values('status').find((status) => !STATUSES.includes(status));
  if (badStatus !== undefined) throw badFilter(`invalid filter 'status=${badStatus}'`);
  return [
    ({ state }) => filters.any('status', (wanted) => wanted === state.status),
    ({ state }) =>
      filters.any('exited', (wanted) => state.status === 'exited' && String(state.exitCode) === wanted),
    ({ state }) => filters.any('health', (wanted) => wanted === (state.health?.status ?? 'none')),
    () => filters.flag('is-task') !== true,
  ];
}

function relationTests(call: Call, filters: Filters): readonly Test[] {
  const { engine } = call;
  const ids = filters.values('ancestor').map((reference) => imageIdOf(call, reference));
  const before = filters.values('before').map((name) => engine.findContainer(name));
  const since = filters.values('since').map((name) => engine.findContainer(name));
  return [
    ({ imageId }) => !filters.has('ancestor') || ids.includes(imageId),
    (container) =>
      before.every((limit) => container.id !== limit.id && compareCreated(container, limit) <= 0),
    (container) => since.every((limit) => container.id !== limit.id && compareCreated(container, limit) >= 0),
    (container) => filters.any('network', (wanted) => isOn(container, wanted)),
    ({ mounts }) =>
      filters.any('volume', (wanted) => mounts.some((m) => [m.name, m.source, m.target].includes(wanted))),
    (container) => filters.any('publish', (wanted) => hasPort(publishedPorts(container), wanted)),
    ({ process }) => filters.any('expose', (wanted) => hasPort(process.exposedPorts, wanted)),
  ];
}

function imageIdOf({ engine }: Call, reference: string): string {
  try {
    return engine.findImage(reference).id;
  } catch {
    return '';
  }
}

function isOn({ spec, endpoints }: ContainerRecord, wanted: string): boolean {
  if (spec.networkMode === wanted) return true;
  return endpoints.some(
    (endpoint) => endpoint.networkName === wanted || endpoint.networkId.startsWith(wanted),
  );
}

function publishedPorts({ publishedPorts }: ContainerRecord): readonly string[] {
  return publishedPorts.map((port) => `${port.hostPort}/${port.protocol}`);
}

/** `wanted` is a port or a range, with or without its protocol. */
function hasPort(ports: readonly string[], wanted: string): boolean {
  const match = /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(wanted);
  if (!match) throw badFilter(`invalid port specification: '${wanted}'`);
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return ports.some((port) => {
    const [number, protocol] = port.split('/');
    return Number(number) >= first && Number(number) <= last && protocol === (match[3] ?? 'tcp');
  });
}
