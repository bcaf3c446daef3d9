import type { ContainerRecord } from '../model/container.ts';
import type { EngineState } from './state.ts';

/** Labels that clients of compose files leave on containers. */
const PROJECT = 'com.docker.compose.project';
const SERVICE = 'com.docker.compose.service';
const ONE_OFF = 'com.docker.compose.oneoff';
const DEPENDS_ON = 'com.docker.compose.depends_on';

/**
 * Whether a container that waits for its start after a boot has what its service depends on. Nothing is waited for
 * that will not come: a dependency that no restart policy starts, or that has failed.
 */
export function isDue(state: Pick<EngineState, 'containers'>, id: string): boolean {
  const container = state.containers.get(id);
  if (!container) return true;
  const { labels } = container.process;
  const others = [...state.containers.values()].filter(
    (other) => other.id !== id && other.process.labels[PROJECT] === labels[PROJECT] && !isOneOff(other),
  );
  return dependenciesOf(labels[DEPENDS_ON]).every(({ service, condition }) =>
    others
      .filter((other) => other.process.labels[SERVICE] === service)
      .every((other) => hasReached(other, condition)),
  );
}

/** `db:service_healthy:false,cache:service_started:true` */
function dependenciesOf(text = ''): { service: string; condition: string }[] {
  return text
    .split(',')
    .filter((item) => item !== '')
    .map((item) => {
      const [service = '', condition = ''] = item.split(':');
      return { service, condition };
    });
}

function hasReached({ state }: ContainerRecord, condition: string): boolean {
  if (state.status === 'restarting') return false;
  if (state.status !== 'running') return true;
  if (condition === 'service_healthy') return state.health?.status !== 'starting';
  return condition !== 'service_completed_successfully';
}

function isOneOff({ process }: ContainerRecord): boolean {
  return process.labels[ONE_OFF]?.toLowerCase() === 'true';
}
