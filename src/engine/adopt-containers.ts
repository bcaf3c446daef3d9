import type { ContainerRecord } from '../model/container.ts';
import { STARTING } from '../container/health-state.ts';
import { restartsAfterBoot } from '../container/restart.ts';
import { isDue } from './boot-order.ts';
import { contextFor, executeAll, saveLive } from './core.ts';
import type { Core } from './core.ts';
import { portOwner } from './handlers.ts';
import { ownsSandbox, sandboxResetSteps, usesResolver } from './operations/container-steps.ts';
import { publishingEndpoint } from './operations/gateways.ts';
import { namespacePath } from './paths.ts';
import type { LiveRecord } from './records.ts';
import type { RecoveryServices } from './recovery.ts';
import { killCreation } from './sweep.ts';
import { nowNs, nowText } from './time.ts';

const KILLED = 137;

/** Gives every recorded container the state that it really has now. */
export async function adoptContainers(
  core: Core,
  services: RecoveryServices,
  stored: readonly { record: ContainerRecord; live: LiveRecord | undefined }[],
): Promise<void> {
  const wanted: string[] = [];
  for (const { record, live } of stored) {
    if (!live) continue;
    core.state.replace({ ...record, state: live.state, publishedPorts: live.publishedPorts });
    if (live.bootId === core.bootId) await adoptContainer(core, services, { id: record.id, live });
    else if (await afterReboot(core, services, record.id)) wanted.push(record.id);
  }
  for (const id of wanted) core.state.update(id, { status: 'restarting' });
  for (const id of wanted) services.lifecycle.restartWhen(id, () => isDue(core.state, id));
}

async function adoptContainer(
  core: Core,
  services: RecoveryServices,
  { id, live }: { id: string; live: LiveRecord },
): Promise<void> {
  if (live.resolver.udpPort > 0) core.resolverPorts.set(id, live.resolver);
  if (live.starting) return takeBackStart(core, id);
  switch (live.state.status) {
    case 'removing':
      return services.containers.demolish(core.state.findContainer(id), false);
    case 'running':
    case 'paused':
      return resumeOrEnd(core, services, id);
    case 'restarting':
      services.lifecycle.restartSoon(id);
      return;
    case 'exited':
      if (core.state.findContainer(id).spec.autoRemove) return services.containers.removeEnded(id);
      core.state.replace({ ...core.state.findContainer(id), publishedPorts: [] });
      return;
    default:
      core.state.replace({ ...core.state.findContainer(id), publishedPorts: [] });
  }
}

/** The earlier engine died between the first and the last step of a start: all of it goes, the container stays. */
async function takeBackStart(core: Core, id: string): Promise<void> {
  killCreation(core, id);
  await (await core.driver()).delete(id);
  const container = core.state.findContainer(id);
  const steps = sandboxResetSteps(contextFor(core), container);
  await executeAll(core, { operation: 'remove', object: 'container', name: container.spec.name }, steps);
  const status = container.state.startedAt.startsWith('0001') ? 'created' : 'exited';
  core.state.replace({ ...container, publishedPorts: [], state: { ...container.state, status, pid: 0 } });
  saveLive(core, id);
}

async function resumeOrEnd(core: Core, services: RecoveryServices, id: string): Promise<void> {
  const found = (await core.driver()).adopt(id);
  const container = core.state.findContainer(id);
  core.state.live.add(id);
  if (!found?.running) {
    const unseen = { exitCode: KILLED, finishedNs: nowNs(), oomKilled: false };
    services.lifecycle.processEnded(id, found?.exit ?? unseen);
    return;
  }
  core.state.update(id, { pid: found.pid });
  core.ports.adopt({
    ...portOwner(container),
    ports: container.publishedPorts.filter(({ hostPort }) => hostPort > 0),
  });
  const endpoint = publishingEndpoint(core.state, container);
  const address = endpoint?.ipv4Address || endpoint?.ipv6Address;
  if (address) core.ports.forward({ container: id, address });
  if (ownsSandbox(container) && usesResolver(container)) {
    const netns = namespacePath(core.paths, id);
    await core.handlers['resolver-open'].perform({ kind: 'resolver-open', netns, container: id });
    saveLive(core, id);
  }
  services.lifecycle.resume(core.state.findContainer(id));
}

/** After a reboot nothing runs; restart policies decide what is started again. Resolves with whether this one is. */
async function afterReboot(core: Core, services: RecoveryServices, id: string): Promise<boolean> {
  const container = core.state.findContainer(id);
  if (container.state.status === 'removing') {
    await services.containers.demolish(container, false);
    return false;
  }
  const wasUp = ['running', 'paused', 'restarting'].includes(container.state.status);
  const { autoRemove } = container.spec;
  if (!wasUp && !(autoRemove && container.state.status === 'exited')) return false;
  const state = {
    ...container.state,
    status: 'exited',
    pid: 0,
    exitCode: KILLED,
    finishedAt: nowText(),
    ...(container.state.health && { health: STARTING }),
  } as const;
  core.state.replace({ ...container, publishedPorts: [], state });
  if (autoRemove) {
    await services.containers.removeEnded(id);
    return false;
  }
  saveLive(core, id);
  const { stoppedByUser, restartCount } = container.state;
  return restartsAfterBoot({ policy: container.spec.restartPolicy, stoppedByUser, restartCount });
}
