import type { Action, Step } from '../../model/action.ts';
import type { ContainerRecord } from '../../model/container.ts';
import { EngineError } from '../../model/errors.ts';
import { endpointSteps, sandboxRemovalSteps, sandboxSteps } from '../../network/endpoint-steps.ts';
import { namespacePath } from '../paths.ts';
import { containerFileSteps } from './container-files.ts';
import { sandboxModeOf } from './endpoints.ts';
import {
  grantedFileSteps,
  hostPathSteps,
  unmountSteps,
  volumeMountSteps,
  volumeUnmountSteps,
} from './storage-steps.ts';
import { firewallStep, withLive } from './firewall-step.ts';
import { mtuOf } from './network-steps.ts';
import { publishes, publishingEndpoint, withGatewayInForce } from './gateways.ts';
import { portRequestsOf } from './port-requests.ts';
import type { StepContext } from './step-context.ts';

/** The host steps that start a container: ports, namespace, endpoints, names, rules, files, process. */
export function startContainerSteps(context: StepContext, container: ContainerRecord): Step[] {
  const { id } = container;
  return [
    recordStep(context, container, 'starting'),
    ...portSteps(context, container),
    ...ownSandboxSteps(context, container),
    ...resolverSteps(context, container),
    ...containerFileSteps(context, container),
    ...hostPathSteps(context, container),
    ...volumeMountSteps(context, container),
    ...grantedFileSteps(container),
    ...copyUpSteps(container),
    {
      id: 'create',
      title: `create the process: ${container.process.argv.join(' ')}`,
      action: {
        kind: 'container-create',
        container: id,
        bundle: `${context.paths.runContainers}/${id}/bundle`,
      },
      undo: { kind: 'container-delete', container: id },
    },
    ...(publishes(context.state, container)
      ? [
          { ...startFirewallStep(context, container), alongside: true as const },
          ...flushSteps(context, container, 'starts'),
        ]
      : []),
    { id: 'start', title: 'start it', action: { kind: 'container-start', container: id } },
    recordStep(context, container, 'running'),
  ];
}

/** The host steps that stop a running container and free what only a running one holds. */
export function stopContainerSteps(
  context: StepContext,
  container: ContainerRecord,
  options: { signal: string; timeoutMs: number },
): Step[] {
  const { id } = container;
  return [
    {
      id: 'signal',
      title: `send ${options.signal}`,
      action: { kind: 'container-signal', container: id, signal: options.signal },
    },
    {
      id: 'await-exit',
      title:
        options.timeoutMs < 0
          ? 'wait for its end'
          : `wait for its end, ${seconds(options.timeoutMs)} s at most`,
      action: { kind: 'container-await-exit', container: id, timeoutMs: options.timeoutMs },
    },
    ...finishContainerSteps(context, container),
  ];
}

/** The host steps after the process has ended, whoever ended it. */
export function finishContainerSteps(context: StepContext, container: ContainerRecord): Step[] {
  const { id } = container;
  const ports = portTexts(container);
  const release: Step = {
    id: 'ports',
    title: 'free its ports',
    action: { kind: 'ports-release', container: id, ports },
  };
  return [
    {
      id: 'delete',
      title: 'delete the process and its cgroup',
      action: { kind: 'container-delete', container: id },
    },
    ...(publishes(context.state, container)
      ? [
          { ...stopFirewallStep(context, container), alongside: true as const },
          ...flushSteps(context, container, 'ends'),
          release,
        ]
      : []),
    ...volumeUnmountSteps(context, container),
    recordStep(context, container, 'exited'),
  ];
}

/** The host steps that remove a stopped container and all that it left. */
export function removeContainerSteps(
  context: StepContext,
  container: ContainerRecord,
  options: { volumes: readonly string[] },
): Step[] {
  const { id } = container;
  const folder = context.containerFolder(id);
  const file = { object: 'container', id, path: `${folder}/container.json` } as const;
  return [
    recordStep(context, container, 'removing'),
    ...sandboxResetSteps(context, container),
    ...(container.spec.files
      ? [step('secrets', 'forget its secrets and configs', { kind: 'files-drop', container: id })]
      : []),
    step('files', 'remove its files', { kind: 'tree-del', path: `${context.paths.runContainers}/${id}` }),
    step('layer', 'remove its layer and log', { kind: 'tree-del', path: `${folder}/upper` }),
    ...options.volumes.flatMap((name) => [
      ...unmountSteps(context, container, name),
      step(`volume ${name.slice(0, 12)}`, `remove volume ${name}`, {
        kind: 'tree-del',
        path: `${context.paths.volumes}/${name}`,
      }),
    ]),
    step('forget', 'forget it', { kind: 'forget', ...file }),
  ];
}

/** The host steps that take the namespace of a stopped container away, so that its next start makes a new one. */
export function sandboxResetSteps(context: StepContext, container: ContainerRecord): Step[] {
  if (!ownsSandbox(container) || !context.state.hasSandbox(container.id)) return [];
  const netns = namespacePath(context.paths, container.id);
  return [
    ...(usesResolver(container)
      ? [step('resolver', 'close its resolver', { kind: 'resolver-close', netns, container: container.id })]
      : []),
    ...sandboxRemovalSteps(netns),
  ];
}

/** True when names are answered by our resolver: on every network but the default bridge. */
export function usesResolver(container: ContainerRecord): boolean {
  return container.endpoints.some((endpoint) => endpoint.networkName !== 'bridge');
}

export function ownsSandbox(container: ContainerRecord): boolean {
  const { kind } = sandboxModeOf(container.spec);
  return kind === 'own' || kind === 'none';
}

/**
 * The namespace file that the container's process uses: its own, or the one it joins; undefined for the host's.
 * @throws {EngineError} when the container to join does not exist or has no namespace yet.
 */
export function sandboxPathFor(context: StepContext, container: ContainerRecord): string | undefined {
  const mode = sandboxModeOf(container.spec);
  if (mode.kind === 'host') return undefined;
  if (mode.kind !== 'container') return namespacePath(context.paths, container.id);
  const target = context.state.findContainer(mode.of);
  if (ownsSandbox(target) && !context.state.hasSandbox(target.id)) {
    const text = `cannot join network of a non running container: ${target.id}`;
    throw new EngineError(409, 'SANDBOX_MISSING', text, { hint: `start ${target.spec.name} first` });
  }
  return sandboxPathFor(context, target);
}

function recordStep(context: StepContext, container: ContainerRecord, state: string): Step {
  const path = `${context.paths.live}/${container.id}.json`;
  return step(`record ${state}`, `record: ${state}`, {
    kind: 'record',
    object: 'container',
    id: container.id,
    state,
    path,
  });
}

/** Takes the ports of the host that it publishes. Safe to do again: the same requests keep the same ports. */
export function portSteps(context: StepContext, container: ContainerRecord): Step[] {
  if (!publishes(context.state, container)) return [];
  const ports = portRequestsOf(context.state, container).map(
    (port) =>
      `${port.hostIp || '*'}:${port.hostPort ? String(port.hostPort) : 'any'}->${String(port.containerPort)}/${port.protocol}`,
  );
  return [
    {
      id: 'ports',
      title: `reserve ${ports.join(', ')}`,
      action: { kind: 'ports-reserve', container: container.id, ports },
      undo: { kind: 'ports-release', container: container.id, ports },
    },
  ];
}

function ownSandboxSteps(context: StepContext, container: ContainerRecord): Step[] {
  if (!ownsSandbox(container) || context.state.hasSandbox(container.id)) return [];
  const netns = namespacePath(context.paths, container.id);
  const perEndpoint = container.endpoints.flatMap((endpoint) => {
    const network = context.state.findNetwork(endpoint.networkId);
    return endpointSteps({
      endpoint: withGatewayInForce(endpoint, container.endpoints),
      network,
      netns,
      owner: context.owner,
      container: container.spec.name,
      mtu: mtuOf(network),
    });
  });
  return [...sandboxSteps(netns), ...perEndpoint];
}

function resolverSteps(context: StepContext, container: ContainerRecord): Step[] {
  if (!usesResolver(container)) return [];
  const netns = namespacePath(context.paths, container.id);
  return [
    {
      id: 'resolver',
      title: 'resolver at 127.0.0.11',
      action: { kind: 'resolver-open', netns, container: container.id },
      undo: { kind: 'resolver-close', netns, container: container.id },
    },
  ];
}

function copyUpSteps(container: ContainerRecord): Step[] {
  return container.mounts
    .filter((mount) => mount.type === 'volume' && !mount.spec.noCopy && !mount.spec.subpath)
    .map((mount) =>
      step(`copy-up ${mount.target}`, `volume ${mount.name} at ${mount.target}`, {
        kind: 'volume-copy-up',
        name: mount.name,
        container: container.id,
        target: mount.target,
      }),
    );
}

function startFirewallStep(context: StepContext, container: ContainerRecord): Step {
  return firewallStep(context, 'rules of its published ports', {
    before: () => withLive(context.state, container.id, false),
    after: () => withLive(context.state, container.id, true),
  });
}

function stopFirewallStep(context: StepContext, container: ContainerRecord): Step {
  return firewallStep(context, 'rules of its published ports', {
    before: () => withLive(context.state, container.id, true),
    after: () => withLive(context.state, container.id, false),
  });
}

/** When it ends, the ports it had; when it starts, those whose number it names, as others are found out later. */
function flushSteps(context: StepContext, container: ContainerRecord, when: 'starts' | 'ends'): Step[] {
  const endpoint = publishingEndpoint(context.state, container);
  const named = portRequestsOf(context.state, container).filter(
    ({ hostPort, hostPortEnd }) => hostPort > 0 && hostPortEnd <= hostPort,
  );
  const ports = when === 'ends' ? container.publishedPorts : named;
  return ports
    .filter(({ protocol, hostPort }) => protocol === 'udp' && hostPort > 0)
    .flatMap(({ hostIp, hostPort }) =>
      (['ipv4', 'ipv6'] as const).flatMap((family): Step[] => {
        const containerIp = endpoint?.[`${family}Address`] ?? '';
        const isOther = hostIp !== '' && hostIp.includes(':') !== (family === 'ipv6');
        if (containerIp === '' || isOther) return [];
        const host = ['0.0.0.0', '::'].includes(hostIp) ? '' : hostIp;
        return [
          {
            id: `conntrack ${family} ${host || '*'} ${String(hostPort)}`,
            title: `forget UDP flows to port ${String(hostPort)}${when === 'ends' ? '' : ' that lead elsewhere'}`,
            action: { kind: 'conntrack-flush', family, hostIp: host, hostPort, containerIp, when },
          },
        ];
      }),
    );
}

function portTexts(container: ContainerRecord): string[] {
  return container.publishedPorts.map(
    (port) => `${port.hostIp}:${String(port.hostPort)}->${String(port.containerPort)}/${port.protocol}`,
  );
}

function step(id: string, title: string, action: Action): Step {
  return { id, title, action };
}

function seconds(milliseconds: number): string {
  return String(milliseconds / 1000);
}
