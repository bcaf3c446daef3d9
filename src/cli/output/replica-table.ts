import type { PublishedPort, Replica } from '../../stack/ps.ts';
import { portTexts } from './compose-row.ts';
import { isEverywhere } from './links.ts';
import { table } from './table.ts';

const header = ['NAME', 'SERVICE', 'STATE', 'ADDRESSES', 'PORTS', 'REACHED FROM'];

/** What `ps` prints. */
export function replicaTable(replicas: readonly Replica[], projectName: string): string {
  const rows = replicas.map((replica) => [
    replica.name,
    replica.service,
    stateText(replica),
    addressTexts(replica, projectName).join(', '),
    portTexts(replica).join(', '),
    reachText(replica),
  ]);
  return table(header, rows);
}

/** `running healthy 3m`, `exited (1)`. */
export function stateText(replica: Replica): string {
  const { state, health, exitCode, status } = replica;
  if (state === 'exited') return `exited (${exitCode})`;
  const words = [state, health === 'none' ? '' : health, ageOf(status)];
  return words.filter((word) => word !== '').join(' ');
}

/** `Up About an hour (healthy)` → `1h`. */
function ageOf(status: string): string {
  const match = /^Up (?:About |Less than )?(an?|\d+) (second|minute|hour|day|week|month|year)/.exec(status);
  if (!match) return '';
  const [, amount = '', unit = ''] = match;
  const letters: Record<string, string> = {
    second: 's',
    minute: 'm',
    hour: 'h',
    day: 'd',
    week: 'w',
    month: 'mo',
    year: 'y',
  };
  return `${/\d/.test(amount) ? amount : '1'}${letters[unit] ?? ''}`;
}

function addressTexts(replica: Replica, projectName: string): string[] {
  const attached = replica.networks.filter(({ address }) => address !== '');
  return attached.map(({ name, address }) => {
    const isOwn = name.startsWith(`${projectName}_`);
    return `${isOwn ? name.slice(projectName.length + 1) : name} ${address}`;
  });
}

/** Who reaches its ports: one word when it is the same for all, else each with its ports. */
function reachText(replica: Replica): string {
  const byReach = new Map<string, Set<number>>();
  for (const port of replica.ports) {
    const reach = reachWord(port);
    if (reach === '') continue;
    byReach.set(reach, (byReach.get(reach) ?? new Set()).add(port.hostPort || port.containerPort));
  }
  if (byReach.size <= 1) return [...byReach.keys()].join('');
  return [...byReach].map(([reach, ports]) => `${reach} ${[...ports].join('+')}`).join(', ');
}

/** A port without a number on the host has an address where its network is routed: it is reached at the container. */
function reachWord({ hostIp, hostPort }: PublishedPort): string {
  if (hostPort === 0) return hostIp === '' ? '' : 'LAN, at its address';
  if (isEverywhere(hostIp)) return 'LAN';
  return hostIp === '::1' || hostIp.startsWith('127.') ? 'this machine' : hostIp;
}
