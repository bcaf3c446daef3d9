import type { ActionHandlers } from '../model/action.ts';
import type { ContainerRecord } from '../model/container.ts';
import { namespaceUnjoinable } from '../container/errors.ts';
import type { CreateRequest } from '../container/driver.ts';
import type { MountedImage } from '../container/mounted-images.ts';
import type { NamespaceJoins } from '../container/oci-spec.ts';
import { diagnose } from '../host/diagnostics.ts';
import { shellWord } from '../host/exec.ts';
import { contextFor } from './core.ts';
import type { Core } from './core.ts';
import { withLinkEnvironment } from './link-environment.ts';
import { containerFilesOf } from './operations/container-files.ts';
import { sandboxPathFor } from './operations/container-steps.ts';
import { realMounts } from './volume-mounts.ts';
import { signalNumber } from './signals.ts';
import { nowText } from './time.ts';

type ContainerActions =
  'container-create' | 'container-start' | 'container-signal' | 'container-await-exit' | 'container-delete';

/** The actions on a container's process, done by the container room's driver. */
export function containerHandlers(core: () => Core): ActionHandlers<ContainerActions> {
  return {
    'container-create': {
      describe: ({ container, bundle }) => describeCreate(core(), container, bundle),
      perform: async ({ container }) => {
        const { state, driver } = core();
        const record = state.findContainer(container);
        const { pid, warnings } = await (await driver()).create(createRequest(core(), record));
        for (const warning of warnings) diagnose(`${record.spec.name}: ${warning}`);
        state.update(container, { pid });
      },
    },
    'container-start': {
      describe: ({ container }) =>
        `$RUNTIME --root ${shellWord(`${core().paths.runRoot}/runtime`)} start ${container}`,
      perform: async ({ container }) => {
        const { state, driver } = core();
        await (await driver()).start(container);
        state.update(container, {
          status: 'running',
          startedAt: nowText(),
          exitCode: 0,
          error: '',
          oomKilled: false,
        });
      },
    },
    'container-signal': {
      describe: ({ container, signal }) =>
        `kill -${signal.replace(/^SIG/, '')} $(cat ${shellWord(`${core().paths.runContainers}/${container}/pidfile`)})`,
      perform: async ({ container, signal }) => {
        (await core().driver()).signal(container, signalNumber(signal));
      },
    },
    'container-await-exit': {
      describe: ({ timeoutMs }) =>
        timeoutMs < 0
          ? '# wait until the process has ended'
          : `# wait until the process has ended; after ${String(timeoutMs / 1000)} s: kill -KILL`,
      perform: async ({ container, timeoutMs }) => {
        const { awaitEnd, driver } = core();
        if (await awaitEnd(container, timeoutMs)) return;
        (await driver()).signal(container, 'SIGKILL');
        await awaitEnd(container, -1);
      },
    },
    'container-delete': {
      describe: ({ container }) =>
        `$RUNTIME --root ${shellWord(`${core().paths.runRoot}/runtime`)} delete --force ${container}`,
      perform: async ({ container }) => (await core().driver()).delete(container),
    },
  };
}

function createRequest(core: Core, container: ContainerRecord): CreateRequest {
  const { paths, images } = core;
  const context = contextFor(core);
  const image = images.find(container.imageId);
  const folder = core.records.containerFolder(container.id);
  const layers = image ? images.layers(image) : [];
  return {
    container: { ...withLinkEnvironment(core, container), mounts: realMounts(core, container) },
    images: imagesOf(core, container),
    layers,
    upper: `${folder}/upper`,
    work: `${folder}/work`,
    logPath: `${folder}/ctr.log`,
    netnsPath: sandboxPathFor(context, container),
    files: containerFilesOf(context, container),
    grantedFiles: core.grantedFiles.mountsOf(container),
    joins: joinsOf(core, container),
    ...(image?.hostRootfs ? { hiddenPaths: [paths.root, paths.runRoot] } : {}),
  };
}

/** The layers of images that are mounted, by target. */
function imagesOf(core: Core, { mounts }: ContainerRecord): MountedImage[] {
  return mounts.flatMap(({ type, name, target, spec }) => {
    const image = type === 'image' ? core.images.find(name) : undefined;
    return image ? [{ target, layers: core.images.layers(image), subpath: spec.subpath ?? '' }] : [];
  });
}

/** Namespaces shared with other containers: `pid: container:x`, `ipc: container:x`. */
function joinsOf(core: Core, container: ContainerRecord): NamespaceJoins {
  const { pidMode, ipcMode } = container.spec.security;
  const pidOf = (mode: string): number => joinable(core, mode.slice('container:'.length), 'PID').state.pid;
  return {
    ...(pidMode.startsWith('container:') ? { pid: `/proc/${String(pidOf(pidMode))}/ns/pid` } : {}),
    ...(ipcMode.startsWith('container:')
      ? {
          ipc: `/proc/${String(ipcOwner(core, ipcMode).state.pid)}/ns/ipc`,
          sharedMemoryOf: ipcOwner(core, ipcMode).state.pid,
        }
      : {}),
  };
}

function joinable(core: Core, reference: string, kind: string): ContainerRecord {
  const container = core.state.findContainer(reference);
  if (container.state.pid > 0) return container;
  throw namespaceUnjoinable(
    `cannot join ${kind} of a non running container: ${container.id}`,
    `start ${container.spec.name} first`,
  );
}

/** A private IPC namespace is nobody else's: its container has to offer it. */
function ipcOwner(core: Core, mode: string): ContainerRecord {
  const container = joinable(core, mode.slice('container:'.length), 'IPC');
  if (container.spec.security.ipcMode === 'shareable') return container;
  throw namespaceUnjoinable(
    `cannot join IPC of container ${container.id}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
    `give ${container.spec.name} \`ipc: shareable\``,
  );
}

function describeCreate(core: Core, id: string, bundle: string): string {
  const record = core.state.lookUpContainer(id);
  const image = record && core.images.find(record.imageId);
  const layers = image ? core.images.layers(image).join(':') : '$LAYERS';
  const folder = core.records.containerFolder(id);
  const run = `${core.paths.runContainers}/${id}`;
  return [
    `unshare --mount sh -c '`,
    `  mount -t overlay overlay -o lowerdir=${layers},upperdir=${folder}/upper,workdir=${folder}/work ${run}/rootfs`,
    `  exec conmon --cid ${id} --bundle ${bundle} --runtime $RUNTIME --full-attach \\`,
    `    --container-pidfile ${run}/pidfile --exit-dir ${core.paths.exits} --log-path k8s-file:${folder}/ctr.log'`,
  ].join('\n');
}
