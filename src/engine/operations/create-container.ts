import type { Step } from '../../model/action.ts';
import type { ContainerRecord, ContainerSpec, ContainerState, ProcessSpec } from '../../model/container.ts';
import { EngineError } from '../../model/errors.ts';
import type { ImageRecord } from '../../model/image.ts';
import { checkAsked } from '../../container/asked-limits.ts';
import { NEVER } from '../time.ts';
import { attachmentsOf, decideEndpoints, sandboxModeOf } from './endpoints.ts';
import { decideMounts, volumeSteps } from './mounts.ts';
import type { ImageLookup, VolumeLookup, VolumeRequest } from './mounts.ts';
import { processSpecFor } from './process-spec.ts';
import type { StepContext } from './step-context.ts';

const FRESH: ContainerState = {
  status: 'created',
  pid: 0,
  exitCode: 0,
  error: '',
  oomKilled: false,
  startedAt: NEVER,
  finishedAt: NEVER,
  restartCount: 0,
  stoppedByUser: false,
};

/** A container that is to be, and the volumes to make for it. */
export interface ContainerDecision {
  readonly record: ContainerRecord;
  readonly newVolumes: readonly VolumeRequest[];
}

/** Decides what a new container will be: id, addresses, mounts, process. Nothing exists on the host after it. */
export function decideContainer(
  context: StepContext,
  sources: { image: ImageRecord; volumes: VolumeLookup; images: ImageLookup },
  spec: ContainerSpec,
): ContainerDecision {
  const id = context.ids.id('container', spec.name);
  const named = { ...spec, name: spec.name || `berth-${id.slice(0, 8)}` };
  refuseTakenName(context, named.name);
  checkAsked(named, context.processor);
  refuseMissingLinks(context, named);
  refuseOwnNamespace(id, named);
  const process = processSpecFor(named, sources.image.config);
  refuseFileAsWorkingDir(context, { imageId: sources.image.id, path: process.workingDir });
  const mounts = decideMounts(context, sources, {
    spec: named,
    imageId: sources.image.id,
    process,
    containerId: id,
    inherited: inheritedMounts(context, named),
  });
  const endpoints = decideEndpoints(context, id, attachmentsOf(context, named));
  const complete = { ...named, hostname: named.hostname || defaultHostname(context, named, id) };
  return {
    record: {
      id,
      spec: complete,
      imageId: sources.image.id,
      process: withExposedPublished(process, complete),
      endpoints,
      mounts: mounts.mounts,
      publishedPorts: [],
      created: context.now(),
      state: FRESH,
    },
    newVolumes: mounts.newVolumes,
  };
}

/** The host steps that make a container: folders and records only; its network comes with the first start. */
export function createContainerSteps(context: StepContext, decision: ContainerDecision): Step[] {
  const { record } = decision;
  const folder = context.containerFolder(record.id);
  const file = { object: 'container', id: record.id, path: `${folder}/container.json` } as const;
  return [
    ...volumeSteps(context, decision.newVolumes),
    {
      id: 'record',
      title: 'record what is to run',
      action: { kind: 'record', ...file, state: 'created' },
      undo: { kind: 'forget', ...file },
    },
  ];
}

function refuseFileAsWorkingDir(context: StepContext, at: { imageId: string; path: string }): void {
  // None is the root too; and the root, where a layer is a link to its folder, would be taken for a file.
  if (at.path === '' || at.path === '/' || context.kindInImage(at.imageId, at.path) !== 'file') return;
  const text = `Cannot mkdir: ${at.path} is not a directory`;
  throw new EngineError(400, 'WORKING_DIR_INVALID', text, { hint: 'give another working directory' });
}

/** Nobody can join what he has yet to make. */
function refuseOwnNamespace(id: string, { name, networkMode, ...spec }: ContainerSpec): void {
  const modes = { network: networkMode, ipc: spec.security.ipcMode, pid: spec.security.pidMode };
  for (const [kind, mode] of Object.entries(modes)) {
    if (mode !== `container:${name}` && mode !== `container:${id}`) continue;
    const text = `cannot join own ${kind === 'network' ? 'network' : `${kind} namespace`}`;
    throw new EngineError(400, 'NETWORK_NOT_JOINABLE', text, { hint: 'name another container' });
  }
}

function refuseMissingLinks({ state }: StepContext, { links, networkMode }: ContainerSpec): void {
  // On networks with names a link is an alias: what it means is looked up when somebody asks.
  if (!['default', 'bridge'].includes(networkMode)) return;
  for (const link of links) {
    const name = link.split(':')[0] ?? '';
    if (state.lookUpContainer(name)) continue;
    const text = `could not get container for ${name}: No such container: ${name}`;
    throw new EngineError(400, 'CONTAINER_NOT_FOUND', text, {
      hint: 'a link needs the other container to be there',
    });
  }
}

export function refuseTakenName(context: StepContext, name: string): void {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
    const text = `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`;
    throw new EngineError(400, 'CONTAINER_NAME_INVALID', text);
  }
  for (const container of context.state.containers.values()) {
    if (container.spec.name !== name) continue;
    const text = `Conflict. The container name "/${name}" is already in use by container "${container.id}". You have to remove (or rename) that container to be able to reuse that name.`;
    throw new EngineError(409, 'CONTAINER_NAME_TAKEN', text);
  }
}

function defaultHostname(context: StepContext, spec: ContainerSpec, id: string): string {
  const mode = sandboxModeOf(spec);
  if (mode.kind === 'host') return '';
  if (mode.kind === 'container')
    return context.state.lookUpContainer(mode.of)?.spec.hostname ?? id.slice(0, 12);
  return id.slice(0, 12);
}

const VOLUMES_FROM_MODES = ['ro', 'rw', 'z', 'Z'];

/** `volumes_from`: the mounts of other containers, read-only where the reference says so. */
function inheritedMounts(context: StepContext, spec: ContainerSpec): ContainerRecord['mounts'] {
  return spec.volumesFrom.flatMap((reference) => {
    const [name = '', mode] = reference.split(':');
    const from = context.state.lookUpContainer(name);
    if (!from) throw new EngineError(400, 'CONTAINER_NOT_FOUND', `No such container: ${name}`);
    if (mode !== undefined && !mode.split(',').every((word) => VOLUMES_FROM_MODES.includes(word)))
      throw new EngineError(400, 'BAD_REQUEST', `invalid mode: ${mode}`);
    return from.mounts.map((mount) => ({
      ...mount,
      readOnly: mode === 'ro' || mount.readOnly,
      // What another container mounts is as that one filled it.
      spec: { ...mount.spec, noCopy: true },
    }));
  });
}

function withExposedPublished(process: ProcessSpec, spec: ContainerSpec): ProcessSpec {
  const published = spec.ports.map((port) => `${String(port.containerPort)}/${port.protocol}`);
  return { ...process, exposedPorts: [...new Set([...process.exposedPorts, ...published])] };
}
