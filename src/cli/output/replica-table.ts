import type { Replica } from '../../stack/ps.ts';
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

function reachText(replica: Replica): string {
  const published = replica.ports.filter(({ hostPort }) => hostPort > 0);
  if (published.some(({ hostIp }) => isEverywhere(hostIp))) return 'LAN';
  const others = published.map(({ hostIp }) => hostIp).filter((ip) => ip !== '::1' && !ip.startsWith('127.'));
  if (others.length > 0) return [...new Set(others)].join(', ');
  return published.length > 0 ? 'this machine' : '';
}
