import type { ActionHandlers, ActionKind } from '../model/action.ts';
import type { ContainerRecord } from '../model/container.ts';
import { shellWord } from '../host/exec.ts';
import { makeFolderNow, removeTree } from '../host/files.ts';
import { writeFileNow } from '../host/files-now.ts';
import { makeOwnedFolders } from '../host/owned-folders.ts';
import { faultHandlers } from '../network/fault-handlers.ts';
import { networkHandlers } from '../network/handlers.ts';
import { applyResolverRedirect, redirectStands, resolverRedirect } from '../network/redirect.ts';
import { applyFirewall, saveLive } from './core.ts';
import type { Core } from './core.ts';
import { containerHandlers } from './container-handlers.ts';
import { copyUp } from './copy-up.ts';
import { publishingEndpoint } from './operations/gateways.ts';
import { unmountVolume } from './volume-mounts.ts';
import { splitRequests } from './operations/port-requests.ts';

/** How each kind of action is told and done: the network room's own, and those that need the engine's parts. */
export function handlersFor(core: () => Core): ActionHandlers<ActionKind> {
  return {
    ...networkHandlers,
    ...faultHandlers,
    ...sandboxHandlers(core),
    ...recordHandlers(core),
    ...fileHandlers,
    ...grantedFileHandlers(core),
    ...resolverHandlers(core),
    ...portHandlers(core),
    ...volumeHandlers(core),
    ...containerHandlers(core),
    firewall: {
      describe: ({ added, removed }) =>
        [
          `iptables-restore --noflush --wait   # +${String(added.length)} rules, -${String(removed.length)}`,
          ...removed.map((rule) => `  - ${rule}`),
          ...added.map((rule) => `  + ${rule}`),
        ].join('\n'),
      perform: () => applyFirewall(core()),
    },
  };
}

/** The namespace actions, with a note of which containers have one. */
function sandboxHandlers(core: () => Core): ActionHandlers<'netns-add' | 'netns-del'> {
  const digits = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  return {
    'netns-add': {
      describe: networkHandlers['netns-add'].describe,
      perform: async (action) => {
        await networkHandlers['netns-add'].perform(action);
        core().state.sandboxes.add(digits(action.path));
      },
    },
    'netns-del': {
      describe: networkHandlers['netns-del'].describe,
      perform: async (action) => {
        core().state.sandboxes.delete(digits(action.path));
        await networkHandlers['netns-del'].perform(action);
      },
    },
  };
}

function recordHandlers(core: () => Core): ActionHandlers<'record' | 'forget'> {
  return {
    record: {
      describe: ({ path, state, object }) => `# write ${path} (${object}: ${state})`,
      perform: ({ object, id, state }) =>
        object === 'network' ? recordNetwork(core(), id, state) : recordContainer(core(), id, state),
    },
    forget: {
      describe: ({ path, object }) =>
        `rm -rf ${shellWord(object === 'container' ? path.replace(/\/container\.json$/, '') : path)}`,
      perform: async ({ object, id }) => {
        const { state, records } = core();
        if (object === 'network') {
          await records.forgetNetwork(id);
          state.networks.delete(id);
        } else {
          await records.forgetContainer(id);
          state.containers.delete(id);
        }
      },
    },
  };
}

async function recordNetwork(core: Core, id: string, wanted: string): Promise<void> {
  const network = core.state.findNetwork(id);
  const next = {
    ...network,
    state: wanted === 'ready' ? 'ready' : wanted === 'removing' ? 'removing' : 'creating',
  } as const;
  core.state.networks.set(id, next);
  await core.records.saveNetwork(next);
}

/** What a container is goes to disk durably; what it is doing goes beside it, without waiting for the disk. */
async function recordContainer(core: Core, id: string, wanted: string): Promise<void> {
  if (wanted === 'created') {
    makeFolderNow(core.records.containerFolder(id), 0o710);
    await core.records.saveContainer(core.state.findContainer(id), { durable: true });
    return;
  }
  if (wanted === 'removing') core.state.update(id, { status: 'removing' });
  saveLive(core, id, { starting: wanted === 'starting' });
}

const fileHandlers: ActionHandlers<'folder-add' | 'file-write' | 'tree-del'> = {
  'folder-add': {
    describe: ({ path, mode }) => `install -d -m ${mode.toString(8)} ${shellWord(path)}`,
    perform: ({ path, mode }) => makeFolderNow(path, mode),
  },
  'file-write': {
    describe: ({ path, content }) => `cat > ${shellWord(path)} <<'EOF'\n${content.replace(/\n$/, '')}\nEOF`,
    perform: ({ path, content, mode }) => writeFileNow(path, content, mode),
  },
  'tree-del': {
    describe: ({ path }) => `rm -rf ${shellWord(path)}`,
    perform: ({ path }) => removeTree(path),
  },
};

function grantedFileHandlers(core: () => Core): ActionHandlers<'files-hold' | 'files-drop'> {
  return {
    'files-hold': {
      describe: ({ targets }) => `# the engine holds in memory: ${targets.join(', ')}`,
      perform: ({ container }) => core().grantedFiles.hold(core().state.findContainer(container)),
    },
    'files-drop': {
      describe: ({ container }) => `rm -rf ${shellWord(core().grantedFiles.folderOf(container))}`,
      perform: ({ container }) => core().grantedFiles.drop(container),
    },
  };
}

function resolverHandlers(core: () => Core): ActionHandlers<'resolver-open' | 'resolver-close'> {
  return {
    'resolver-open': {
      describe: ({ netns }) =>
        [
          `# the engine listens inside the namespace at 127.0.0.11, UDP and TCP, on random ports`,
          `nsenter --net=${shellWord(netns)} iptables-restore --noflush <<'EOF'`,
          resolverRedirect({ udpPort: 'UDPPORT', tcpPort: 'TCPPORT' }).trimEnd(),
          'EOF',
        ].join('\n'),
      perform: async ({ netns, container }) => {
        const { resolver, resolverPorts, state } = core();
        const before = resolverPorts.get(container);
        const { dns, dnsOptions } = state.findContainer(container).spec;
        const ports = resolver.open({
          containerId: container,
          netns,
          ...(dns.length > 0 ? { servers: dns } : {}),
          keepsSingleLabels: dnsOptions.some((option) => /^ndots:0*[1-9]\d*$/.test(option)),
          ...(before ? { udpPort: before.udpPort, tcpPort: before.tcpPort } : {}),
        });
        resolverPorts.set(container, ports);
        const isSame = before?.udpPort === ports.udpPort && before.tcpPort === ports.tcpPort;
        // A container may have flushed its rules before it was started again.
        if (isSame && redirectStands(netns)) return;
        await applyResolverRedirect({ netns, ...ports, repeated: before !== undefined });
      },
    },
    'resolver-close': {
      describe: () => '# the engine closes the sockets at 127.0.0.11',
      perform: ({ container }) => {
        core().resolver.close(container);
        core().resolverPorts.delete(container);
      },
    },
  };
}

function portHandlers(core: () => Core): ActionHandlers<'ports-reserve' | 'ports-release'> {
  return {
    'ports-reserve': {
      describe: ({ ports }) => `# the engine listens on ${ports.join(', ')} so that nobody else can`,
      perform: async ({ container }) => {
        const { ports, state } = core();
        const record = state.findContainer(container);
        const { bound, direct } = splitRequests(state, record);
        const reserved = await ports.reserve({ ...portOwner(record), requests: bound });
        const published = [...reserved, ...direct];
        state.replace({ ...state.findContainer(container), publishedPorts: published });
        const endpoint = publishingEndpoint(state, record);
        const address = endpoint?.ipv4Address || endpoint?.ipv6Address;
        if (address) ports.forward({ container, address });
      },
    },
    'ports-release': {
      describe: ({ ports }) => `# the engine stops listening on ${ports.join(', ')}`,
      perform: ({ container }) => {
        core().ports.release(container);
      },
    },
  };
}

/** Whose ports they are, in the words of a conflict. */
export function portOwner(record: ContainerRecord): { container: string; title: string } {
  const project = record.process.labels['com.docker.compose.project'];
  const of = project === undefined ? '' : ` of project ${project}`;
  return { container: record.id, title: `container ${record.spec.name}${of}` };
}

function volumeHandlers(
  core: () => Core,
): ActionHandlers<'volume-add' | 'volume-copy-up' | 'volume-mount' | 'volume-unmount' | 'host-path-add'> {
  return {
    'volume-mount': {
      describe: ({ path, options: { type = '', device = '', o = '' } }) =>
        `mount -t ${type}${o === '' ? '' : ` -o ${shellWord(o)}`} ${shellWord(device)} ${shellWord(path)}`,
      perform: ({ name }) => core().volumes.mount(name),
    },
    'volume-unmount': {
      describe: ({ path }) => `umount ${shellWord(path)}`,
      perform: ({ name, container }) => unmountVolume(core(), name, { except: container }),
    },
    'host-path-add': {
      describe: ({ path, uid, gid }) => `install -d -o ${String(uid)} -g ${String(gid)} ${shellWord(path)}`,
      perform: ({ path, uid, gid }) => makeOwnedFolders(path, { uid, gid }),
    },
    'volume-add': {
      describe: ({ path }) => `install -d -m 755 ${shellWord(`${path}/_data`)}`,
      perform: async ({ name, driver, options, labels, anonymous }) => {
        await core().volumes.create({ name, driver, options, labels, anonymous });
      },
    },
    'volume-copy-up': {
      describe: ({ name, target }) =>
        `# when volume ${name} is empty: copy what the image has at ${target} into it`,
      perform: ({ name, container, target }) => copyUp(core(), { name, container, target }),
    },
  };
}
