import type { NetworkRecord } from '../model/network.ts';
import { readJsonBody } from './body.ts';
import { type Call, param } from './call.ts';
import { badFilter, badRequest } from './errors.ts';
import { type Filters, matchesText, readFilters } from './filters.ts';
import { endpointSettings } from './mapping/endpoint.ts';
import { isPredefined, networkInspect, networkSpec } from './mapping/network.ts';
import { pruneAccepts } from './prune.ts';
import { sendEmpty, sendJson } from './reply.ts';
import { route, type Route } from './router.ts';

export const networkRoutes: readonly Route[] = [
  route('GET', '/networks', list),
  route('POST', '/networks/create', create),
  route('POST', '/networks/prune', prune),
  route('GET', '/networks/{id}', inspect),
  route('DELETE', '/networks/{id}', remove),
  route('POST', '/networks/{id}/connect', connect),
  route('POST', '/networks/{id}/disconnect', disconnect),
];

const KNOWN = ['dangling', 'driver', 'id', 'label', 'label!', 'name', 'scope', 'type'];

function list(call: Call): void {
  const filters = readFilters(call, KNOWN);
  const networks = call.engine.listNetworks().filter((network) => matches(call, network, filters));
  sendJson(
    call.response,
    networks.map((network) => networkInspect(network, [])),
  );
}

function matches({ engine }: Call, network: NetworkRecord, filters: Filters): boolean {
  const { spec, id } = network;
  const dangling = filters.flag('dangling');
  return (
    filters.any('driver', (wanted) => wanted === spec.driver) &&
    filters.any('id', (wanted) => matchesText(wanted, id)) &&
    filters.any('name', (wanted) => matchesText(wanted, spec.name)) &&
    filters.any('scope', (wanted) => wanted === 'local') &&
    filters.any('type', (wanted) => isOfType(spec.name, wanted)) &&
    filters.labels(spec.labels) &&
    (dangling === undefined || dangling === (!isPredefined(spec.name) && engine.endpointsOf(id).length === 0))
  );
}

function isOfType(name: string, type: string): boolean {
  if (type !== 'custom' && type !== 'builtin') throw badFilter(`invalid filter: 'type'='${type}'`);
  return isPredefined(name) === (type === 'builtin');
}

function inspect(call: Call): void {
  const network = call.engine.findNetwork(param(call, 'id'));
  if (network.spec.name === 'bridge') call.engine.knowDefaultBridge();
  sendJson(call.response, networkInspect(network, call.engine.endpointsOf(network.id)));
}

async function create(call: Call): Promise<void> {
  const { id, warning } = await call.engine.createNetwork(networkSpec(await readJsonBody(call)));
  sendJson(call.response, { Id: id, Warning: warning }, 201);
}

async function remove(call: Call): Promise<void> {
  await call.engine.removeNetwork(param(call, 'id'));
  sendEmpty(call.response, 204);
}

async function connect(call: Call): Promise<void> {
  const body = await readJsonBody(call);
  const container = body.text('Container');
  if (container === '') throw badRequest('the name of the container is missing');
  const settings = endpointSettings(body.object('EndpointConfig'));
  await call.engine.connect(param(call, 'id'), container, settings);
  sendEmpty(call.response, 200);
}

async function disconnect(call: Call): Promise<void> {
  const body = await readJsonBody(call);
  await call.engine.disconnect(param(call, 'id'), body.text('Container'), body.flag('Force'));
  sendEmpty(call.response, 200);
}

async function prune(call: Call): Promise<void> {
  const accepts = pruneAccepts(readFilters(call, ['label', 'label!', 'until']));
  const removed = await call.engine.pruneNetworks(({ spec, created }) =>
    accepts({ labels: spec.labels, created }),
  );
  sendJson(call.response, { NetworksDeleted: removed });
}
