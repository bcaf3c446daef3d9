import { hostname } from 'node:os';
import type Docker from 'dockerode';
import type { EngineApi, EngineInfo } from '../../engine/engine-api.ts';
import type { ContainerRecord, ContainerState } from '../../model/container.ts';
import { endpointBodies } from './container-networks.ts';
import type { EndpointBody } from './endpoint.ts';
import { goSet } from './go-set.ts';
import { healthConfig, healthState } from './health.ts';
import { hostConfigBody } from './host-config.ts';
import { mountBodies } from './mounts.ts';
import { portMap } from './ports.ts';

/** `GET /containers/{id}/json`. */
export type ContainerBody = Omit<
  Docker.ContainerInspectInfo,
  'GraphDriver' | 'NetworkSettings' | 'Config' | 'ExecIDs'
> & {
  readonly GraphDriver: { Name: string; Data: object };
  readonly Config: object;
  readonly NetworkSettings: object;
  /** Null without any, as dockerd has it. */
  readonly ExecIDs: readonly string[] | null;
};

export interface InspectWords {
  /** Before API 1.45 the short id stood among the aliases. */
  readonly shortIdIsAlias: boolean;
}

export function containerInspect(
  container: ContainerRecord,
  engine: EngineApi,
  words: InspectWords = { shortIdIsAlias: false },
): ContainerBody {
  const { id, spec, process } = container;
  const execs = engine.openExecs(id);
  return {
    Id: id,
    Created: container.created,
    Path: process.argv[0] ?? '',
    Args: process.argv.slice(1),
    State: stateBody(container.state),
    Image: container.imageId,
    ...paths(id, engine.info),
    Name: `/${spec.name}`,
    RestartCount: container.state.restartCount,
    Driver: 'overlay2',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: execs.length > 0 ? execs : null,
    HostConfig: { ...hostConfigBody(spec, engine.info), ...joinedMode(container, engine) },
    GraphDriver: { Name: 'overlay2', Data: {} },
    Mounts: mountBodies(container),
    Config: configBody(container),
    NetworkSettings: networkSettings(container, engine, words),
  };
}

function paths(
  id: string,
  { root, runRoot }: EngineInfo,
): Pick<ContainerBody, 'ResolvConfPath' | 'HostnamePath' | 'HostsPath' | 'LogPath'> {
  const run = `${runRoot}/containers/${id}`;
  return {
    ResolvConfPath: `${run}/resolv.conf`,
    HostnamePath: `${run}/hostname`,
    HostsPath: `${run}/hosts`,
    LogPath: `${root}/containers/${id}/ctr.log`,
  };
}

function stateBody(state: ContainerState): Docker.ContainerInspectInfo['State'] {
  return {
    Status: state.status,
    Running: ['running', 'paused', 'restarting'].includes(state.status),
    Paused: state.status === 'paused',
    Restarting: state.status === 'restarting',
    OOMKilled: state.oomKilled,
    Dead: state.status === 'dead',
    Pid: state.pid,
    ExitCode: state.exitCode,
    Error: state.error,
    StartedAt: state.startedAt,
    FinishedAt: state.finishedAt,
    ...(state.health && state.health.status !== 'none' && { Health: healthState(state.health) }),
  };
}

function configBody(container: ContainerRecord): object {
  const { id, spec, process } = container;
  const mac = spec.macAddress ?? spec.endpoints[0]?.settings.macAddress;
  return {
    Hostname: spec.hostname || (spec.networkMode === 'host' ? hostname() : id.slice(0, 12)),
    Domainname: spec.domainname,
    User: process.user,
    AttachStdin: spec.attachStdin,
    AttachStdout: spec.attachStdout,
    AttachStderr: spec.attachStderr,
    ExposedPorts: goSet(process.exposedPorts),
    Tty: spec.tty,
    OpenStdin: spec.openStdin,
    StdinOnce: spec.stdinOnce,
    Env: process.env,
    Cmd: process.command,
    ...healthcheckBody(container),
    Image: spec.image,
    Volumes: process.volumes.length > 0 ? goSet(process.volumes) : null,
    WorkingDir: process.workingDir,
    Entrypoint: process.entrypoint.length > 0 ? process.entrypoint : null,
    ...(mac !== undefined && { MacAddress: mac }),
    OnBuild: null,
    Labels: process.labels,
    ...(process.stopSignal && { StopSignal: process.stopSignal }),
    ...(spec.stopTimeoutSeconds !== undefined && { StopTimeout: spec.stopTimeoutSeconds }),
  };
}

/** `NONE` shows too: it is what keeps the image's check away. */
function healthcheckBody({ spec, process }: ContainerRecord): object {
  const shown = process.healthcheck ?? (spec.healthcheck?.test[0] === 'NONE' ? spec.healthcheck : undefined);
  return shown ? { Healthcheck: healthConfig(shown) } : {};
}

/** A container whose network is joined is told by its id. */
function joinedMode({ spec }: ContainerRecord, engine: EngineApi): { NetworkMode?: string } {
  const [, name] = /^container:(.+)$/.exec(spec.networkMode) ?? [];
  if (name === undefined) return {};
  try {
    return { NetworkMode: `container:${engine.findContainer(name).id}` };
  } catch {
    return {};
  }
}

function withShortId(container: ContainerRecord): Readonly<Record<string, EndpointBody>> {
  const shortId = container.id.slice(0, 12);
  return Object.fromEntries(
    Object.entries(endpointBodies(container)).map(([name, body]) =>
      ['bridge', 'host', 'none'].includes(name)
        ? [name, body]
        : [
            name,
            { ...body, Aliases: [...(body.Aliases ?? []).filter((alias) => alias !== shortId), shortId] },
          ],
    ),
  );
}

/** Old clients read the addresses of the default bridge from the top level. */
function networkSettings(container: ContainerRecord, engine: EngineApi, words: InspectWords): object {
  const networks = words.shortIdIsAlias ? withShortId(container) : endpointBodies(container);
  const bridge: Partial<EndpointBody> = networks['bridge'] ?? {};
  return {
    Bridge: '',
    SandboxID: container.state.pid > 0 ? container.id : '',
    SandboxKey: container.state.pid > 0 ? engine.sandboxKey(container) : '',
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: [],
    SecondaryIPv6Addresses: [],
    Ports: portMap(container),
    EndpointID: bridge.EndpointID ?? '',
    Gateway: bridge.Gateway ?? '',
    GlobalIPv6Address: bridge.GlobalIPv6Address ?? '',
    GlobalIPv6PrefixLen: bridge.GlobalIPv6PrefixLen ?? 0,
    IPAddress: bridge.IPAddress ?? '',
    IPPrefixLen: bridge.IPPrefixLen ?? 0,
    IPv6Gateway: bridge.IPv6Gateway ?? '',
    MacAddress: bridge.MacAddress ?? '',
    Networks: networks,
  };
}
