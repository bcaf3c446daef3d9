import type { Step } from '../../model/action.ts';
import type { ContainerRecord } from '../../model/container.ts';
import type { StepContext } from './step-context.ts';

/** Folders for bind sources that are missing and may be made; they belong to whoever asked for the container. */
export function hostPathSteps(context: StepContext, { mounts, spec }: ContainerRecord): Step[] {
  const missing = mounts.filter(
    (mount) =>
      mount.type === 'bind' && mount.spec.createHostPath && context.kindOnHost(mount.source) === 'none',
  );
  const owner = spec.hostPathOwner ?? { uid: 0, gid: 0 };
  return missing.map(({ source }) => ({
    id: `host path ${source}`,
    title: `folder ${source}, which is not there yet`,
    action: { kind: 'host-path-add', path: source, ...owner },
  }));
}

/** Volumes that are a filesystem of their own are mounted while a container that uses them runs. */
export function volumeMountSteps(context: StepContext, container: ContainerRecord): Step[] {
  return namesOf(container).flatMap((name) => {
    const volume = context.findVolume(name);
    if (!volume?.options['device']) return [];
    const { mountpoint: path, options } = volume;
    return [
      {
        id: `mount ${name}`,
        title: `mount volume ${name}`,
        action: { kind: 'volume-mount', name, path, options },
        undo: { kind: 'volume-unmount', name, path, container: container.id },
      },
    ];
  });
}

export function volumeUnmountSteps(context: StepContext, container: ContainerRecord): Step[] {
  return namesOf(container).flatMap((name) => unmountSteps(context, container, name));
}

export function unmountSteps(context: StepContext, container: ContainerRecord, name: string): Step[] {
  const volume = context.findVolume(name);
  if (!volume?.options['device']) return [];
  return [
    {
      id: `unmount ${name}`,
      title: `unmount volume ${name}, unless another container uses it`,
      action: { kind: 'volume-unmount', name, path: volume.mountpoint, container: container.id },
    },
  ];
}

/** Contents are no part of a step: a step is told to whoever listens. */
export function grantedFileSteps({ id, spec }: ContainerRecord): Step[] {
  if (!spec.files) return [];
  const targets = spec.files.map(({ target }) => target);
  return [
    {
      id: 'secrets',
      title: 'secrets and configs, in memory',
      action: { kind: 'files-hold', container: id, targets },
    },
  ];
}

function namesOf({ mounts }: ContainerRecord): string[] {
  return [...new Set(mounts.filter(({ type }) => type === 'volume').map(({ name }) => name))];
}
