import { EngineError } from '../model/errors.ts';
import { saveLive, type Core } from './core.ts';
import { publishContainerEvent } from './engine-events.ts';

export async function pauseContainer(core: Core, idOrName: string): Promise<void> {
  const { id } = core.state.findContainer(idOrName);
  await core.locks.run(id, async () => {
    const container = core.state.findContainer(id);
    if (container.state.status === 'paused') {
      throw new EngineError(409, 'CONTAINER_PAUSED', `Container ${container.id} is already paused`);
    }
    await (await core.driver()).pause(id);
    core.state.update(id, { status: 'paused' });
    saveLive(core, id);
    publishContainerEvent(core, container, 'pause');
  });
}

export async function unpauseContainer(core: Core, idOrName: string): Promise<void> {
  const { id } = core.state.findContainer(idOrName);
  await core.locks.run(id, async () => {
    const container = core.state.findContainer(id);
    if (container.state.status !== 'paused') {
      throw new EngineError(409, 'CONTAINER_NOT_PAUSED', `Container ${container.id} is not paused`);
    }
    await (await core.driver()).unpause(id);
    core.state.update(id, { status: 'running' });
    saveLive(core, id);
    publishContainerEvent(core, container, 'unpause');
  });
}
