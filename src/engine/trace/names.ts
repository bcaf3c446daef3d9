import type { ContainerRecord } from '../../model/container.ts';
import type { TraceRemedy } from '../../model/trace.ts';
import {
  containersCalled,
  networkOf,
  networksOf,
  networkTitle,
  projectOf,
  serviceKey,
  startCommand,
  type Origin,
} from './parties.ts';
import { isAddress, type Target } from './target.ts';
import type { Trail } from './trail.ts';
import type { TraceWorld } from './world.ts';

/** The address that a container, or a program on the host, gets for a name; undefined when it gets none. */
export async function resolveName(
  world: TraceWorld,
  about: { readonly origin: Origin; readonly target: Target; readonly trail: Trail },
): Promise<string | undefined> {
  const { origin, target, trail } = about;
  const { host: name } = target;
  if (isAddress(name)) return name;
  const written = fromHostsFile(world.hostsFile(origin.place), name);
  if (written !== undefined) {
    trail.step('name', `${name}  →  ${written}`, { notes: ['from /etc/hosts'] });
    return written;
  }
  const { container } = origin;
  if (!container || origin.kind === 'host') return askOutside(world, about, 'the servers of the host');
  const answer = world.zoneAnswer(container.id, name);
  const [first, ...others] = answer?.addresses ?? [];
  if (answer && first !== undefined) {
    const more = others.length > 0 ? [`and ${others.join(', ')}`] : [];
    trail.step('name', `${name}  →  ${first} on ${answer.network}`, {
      notes: [`resolver of ${container.spec.name}`, ...more],
    });
    return first;
  }
  const meant = meantBy(world, container, name);
  if (meant) {
    endUnknown(world, { ...about, container, meant });
    return undefined;
  }
  if (world.hasWayOut(container.id)) return askOutside(world, about, 'no container; the servers of the host');
  trail.end('name', `${name}  →  not known`, {
    reason: `${name} is no container, and ${container.spec.name} is on internal networks only: nobody else is asked.`,
    remedies: [wayOutRemedy(container)],
  });
  return undefined;
}

export function wayOutRemedy(container: ContainerRecord): TraceRemedy {
  const service = serviceKey(container) ?? container.spec.name;
  return { text: `add a network that is not internal to ${service}`, ...inCompose(container, ['networks']) };
}

/** Points into the compose file of a container. */
export function inCompose(
  container: ContainerRecord,
  keys: readonly string[],
): Pick<TraceRemedy, 'composePath' | 'project'> {
  const service = serviceKey(container);
  const project = projectOf(container);
  if (service === undefined || project === undefined) return {};
  return { composePath: ['services', service, ...keys], project };
}

/** The container of that name which the asker does not see: of its own project first. */
function meantBy(world: TraceWorld, asker: ContainerRecord, name: string): ContainerRecord | undefined {
  const called = containersCalled(world, name);
  const own = called.filter((each) => projectOf(each) === projectOf(asker));
  const candidates = own.length > 0 ? own : called;
  return candidates.find(({ id }) => world.isLive(id)) ?? candidates[0];
}

function endUnknown(
  world: TraceWorld,
  about: {
    readonly container: ContainerRecord;
    readonly meant: ContainerRecord;
    readonly target: Target;
    readonly trail: Trail;
  },
): void {
  const { container, meant, target, trail } = about;
  const own = networksOf(world, container);
  const text = `${target.host}  →  not known on ${own.join(', ') || 'any network'}`;
  const service = serviceKey(meant) ?? target.host;
  if (!world.isLive(meant.id)) {
    trail.end('name', text, {
      reason: `${meant.spec.name} is ${meant.state.status}, and only running containers have names.`,
      notes: [`resolver of ${container.spec.name}`],
      remedies: [{ text: `start ${service}`, command: startCommand(meant) }],
    });
    return;
  }
  const onDefault = container.endpoints.some(
    (each) =>
      each.networkName === 'bridge' && meant.endpoints.some((other) => other.networkId === each.networkId),
  );
  trail.end('name', text, {
    reason: onDefault ? 'the default bridge has no names.' : 'they share no network.',
    notes: [
      `resolver of ${container.spec.name}`,
      `${serviceKey(container) ?? container.spec.name} is on: ${own.join(', ') || 'none'} · ${service} is on: ${networksOf(world, meant).join(', ') || 'none'}`,
    ],
    remedies: joinRemedies(world, container, meant),
  });
}

/** How a container comes to a network of another. */
export function joinRemedies(
  world: TraceWorld,
  container: ContainerRecord,
  other: ContainerRecord,
): TraceRemedy[] {
  const network = other.endpoints
    .flatMap((endpoint) => networkOf(world, endpoint) ?? [])
    .find(({ spec }) => spec.name !== 'bridge');
  if (!network) return [{ text: 'put both on one network that you made: berth network create …' }];
  const service = serviceKey(container) ?? container.spec.name;
  return [
    {
      text: `add \`${networkTitle(network)}\` to services.${service}.networks`,
      command: `berth network connect ${network.spec.name} ${container.spec.name}`,
      ...inCompose(container, ['networks']),
    },
  ];
}

async function askOutside(
  world: TraceWorld,
  { target, trail }: { readonly target: Target; readonly trail: Trail },
  asked: string,
): Promise<string | undefined> {
  const [first] = await world.askOutside(target.host);
  if (first !== undefined) {
    trail.step('name', `${target.host}  →  ${first}`, { notes: [`asked: ${asked}`] });
    return first;
  }
  trail.end('name', `${target.host}  →  no such name`, {
    reason: `nobody is called ${target.host}.`,
    notes: [`asked: ${asked}`],
    remedies: [{ text: 'see the names there are', command: 'berth ps -a' }],
  });
  return undefined;
}

function fromHostsFile(text: string, name: string): string | undefined {
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (names.some((each) => each.toLowerCase() === name.toLowerCase())) return address;
  }
  return undefined;
}
