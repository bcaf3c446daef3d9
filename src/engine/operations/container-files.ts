import type { Step } from '../../model/action.ts';
import type { ContainerRecord } from '../../model/container.ts';
import { hostsFileFor } from '../../container/hosts-file.ts';
import { resolvConfFor } from '../../container/resolv-conf.ts';
import { readText } from '../../host/files.ts';
import { sandboxModeOf } from './endpoints.ts';
import type { StepContext } from './step-context.ts';

/** Where the files are that a container sees in its /etc. */
export interface ContainerFiles {
  readonly hosts: string;
  readonly hostname: string;
  readonly resolvConf: string;
}

/** A container that joins another's network also sees its files. */
export function containerFilesOf(context: StepContext, container: ContainerRecord): ContainerFiles {
  const mode = sandboxModeOf(container.spec);
  const owner = mode.kind === 'container' ? context.state.lookUpContainer(mode.of) : undefined;
  if (owner && owner.id !== container.id) return containerFilesOf(context, owner);
  const folder = `${context.paths.runContainers}/${container.id}`;
  return { hosts: `${folder}/hosts`, hostname: `${folder}/hostname`, resolvConf: `${folder}/resolv.conf` };
}

/** Steps that write /etc/hosts, /etc/hostname and /etc/resolv.conf of a container. */
export function containerFileSteps(context: StepContext, container: ContainerRecord): Step[] {
  const folder = `${context.paths.runContainers}/${container.id}`;
  const make: Step = {
    id: 'folder',
    title: 'folder for its bundle and files',
    action: { kind: 'folder-add', path: folder, mode: 0o711 },
    undo: { kind: 'tree-del', path: folder },
  };
  if (sandboxModeOf(container.spec).kind === 'container') return [make];
  const files = containerFilesOf(context, container);
  return [
    make,
    fileStep('hosts', files.hosts, hostsText(context, container)),
    fileStep('hostname', files.hostname, `${hostnameOf(container)}\n`),
    fileStep('resolv.conf', files.resolvConf, resolvConfText(container)),
  ];
}

/** The address that `host-gateway` means: the gateway of the first network that has one. */
export function hostGatewaysOf(container: ContainerRecord): string[] {
  const gateway = container.endpoints.find((endpoint) => endpoint.ipv4Gateway !== '')?.ipv4Gateway;
  return gateway ? [gateway] : ['127.0.0.1'];
}

export function hostsText(context: StepContext, container: ContainerRecord): string {
  const extraHosts = [...container.spec.extraHosts, ...linkEntries(context, container)];
  if (sandboxModeOf(container.spec).kind === 'host') {
    const own = hostsFileFor({
      hostname: '',
      domainname: '',
      addresses: [],
      extraHosts,
      hostGateway: ['127.0.0.1'],
      enableIPv6: false,
    });
    // The first line of the generated text is localhost, which the host's own file has already.
    const host = readText('/etc/hosts') ?? '';
    return `${host}${host === '' || host.endsWith('\n') ? '' : '\n'}${own.slice(own.indexOf('\n') + 1)}`;
  }
  return hostsFileFor({
    hostname: hostnameOf(container),
    domainname: container.spec.domainname,
    addresses: container.endpoints.flatMap((endpoint) =>
      [endpoint.ipv4Address, endpoint.ipv6Address].filter((address) => address !== ''),
    ),
    extraHosts,
    hostGateway: hostGatewaysOf(container),
    enableIPv6: container.spec.security.sysctls['net.ipv6.conf.all.disable_ipv6'] !== '1',
  });
}

/**
 * The text of a hosts file after its container came onto a network or left one: lines that are not ours any more go,
 * new ones are added, and what the user wrote stays.
 */
export function changedHostsText(current: string, ours: { before: string; after: string }): string {
  const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');
  const [before, after] = [linesOf(ours.before), linesOf(ours.after)];
  const kept = linesOf(current).filter((line) => after.includes(line) || !before.includes(line));
  const added = after.filter((line) => !kept.includes(line) && !before.includes(line));
  return [...kept, ...added].map((line) => `${line}\n`).join('');
}

/** `links` on the default bridge have no resolver: their names stand in the hosts file. */
function linkEntries(context: StepContext, container: ContainerRecord): string[] {
  return container.spec.links.flatMap((link) => {
    const [name = '', alias = name] = link.split(':');
    const target = context.state.lookUpContainer(name);
    const address = target?.endpoints.find((endpoint) => endpoint.networkName === 'bridge')?.ipv4Address;
    if (!target || !address) return [];
    const names = new Set([alias, target.spec.hostname, target.spec.name]);
    return [`${[...names].join(' ')}:${address}`];
  });
}

function resolvConfText(container: ContainerRecord): string {
  const kind = sandboxModeOf(container.spec).kind;
  const embedded = container.endpoints.some((endpoint) => endpoint.networkName !== 'bridge');
  return resolvConfFor({
    hostText: readText('/etc/resolv.conf') ?? '',
    mode: kind === 'host' ? 'host' : embedded ? 'embedded' : 'copied',
    dns: container.spec.dns,
    dnsSearch: container.spec.dnsSearch,
    dnsOptions: container.spec.dnsOptions,
    ipv6: container.endpoints.some((endpoint) => endpoint.ipv6Address !== ''),
  });
}

function hostnameOf(container: ContainerRecord): string {
  return container.spec.hostname || (readText('/proc/sys/kernel/hostname') ?? 'localhost').trim();
}

function fileStep(id: string, path: string, content: string): Step {
  return { id, title: `write ${id}`, action: { kind: 'file-write', path, content, mode: 0o644 } };
}
