import type { ContainerState } from '../../model/container.ts';
import { humanDuration } from './times.ts';

/** The STATUS column of `docker ps`: `Up 3 minutes (healthy)`. */
export function statusText(state: ContainerState, nowMs: number = Date.now()): string {
  const since = (time: string): string => humanDuration(nowMs - Date.parse(time));
  switch (state.status) {
    case 'created':
      return 'Created';
    case 'running':
      return `Up ${since(state.startedAt)}${healthSuffix(state)}`;
    case 'paused':
      return `Up ${since(state.startedAt)} (Paused)`;
    case 'restarting':
      return `Restarting (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case 'removing':
      return 'Removal In Progress';
    case 'dead':
      return 'Dead';
    case 'exited':
      return `Exited (${state.exitCode}) ${since(state.finishedAt)} ago`;
  }
}

function healthSuffix({ health }: ContainerState): string {
  if (!health || health.status === 'none') return '';
  return health.status === 'starting' ? ' (health: starting)' : ` (${health.status})`;
}
