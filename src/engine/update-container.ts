import type { ContainerSpec, ResourceSpec, RestartPolicy } from '../model/container.ts';
import { EngineError } from '../model/errors.ts';
import type { Core } from './core.ts';
import { publishContainerEvent } from './engine-events.ts';

/** What may change of a container without making it anew; absent: stays as it is. */
export interface ContainerChange {
  readonly resources: ResourceSpec;
  readonly restartPolicy?: RestartPolicy;
}

/** Changes limits, at once where it runs, and the restart policy. Throws EngineError, or the runtime's HostError. */
export async function updateContainer(core: Core, idOrName: string, change: ContainerChange): Promise<void> {
  const { id } = core.state.findContainer(idOrName);
  await core.locks.run(id, async () => {
    const container = core.state.findContainer(id);
    if (container.state.status === 'removing') {
      throw new EngineError(409, 'BAD_REQUEST', `container ${id} is being removed`);
    }
    if (container.spec.autoRemove && change.restartPolicy && change.restartPolicy.name !== 'no') {
      const text = 'Restart policy cannot be updated because AutoRemove is enabled for the container';
      throw new EngineError(400, 'BAD_REQUEST', text);
    }
    const changed = { ...container, spec: changedSpec(container.spec, change) };
    const limitsChange = Object.keys(change.resources).length > 0;
    if (limitsChange && core.state.live.has(id)) await (await core.driver()).updateLimits(changed);
    core.state.replace({ ...core.state.findContainer(id), spec: changed.spec });
    await core.records.saveContainer(core.state.findContainer(id), { durable: true });
    publishContainerEvent(core, changed, 'update');
  });
}

function changedSpec(spec: ContainerSpec, change: ContainerChange): ContainerSpec {
  return {
    ...spec,
    resources: { ...spec.resources, ...change.resources },
    restartPolicy: change.restartPolicy ?? spec.restartPolicy,
  };
}
