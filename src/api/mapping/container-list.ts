import type Docker from 'dockerode';
import type { ContainerRecord } from '../../model/container.ts';
import type { EngineApi } from '../../engine/engine-api.ts';
import { endpointBodies } from './container-networks.ts';
import type { EndpointBody } from './endpoint.ts';
import { type MountBody, mountBodies } from './mounts.ts';
import { type PortRow, portList } from './ports.ts';
import { statusText } from './status-text.ts';
import { unixSeconds } from './times.ts';

/** A row of `GET /containers/json`. */
export type ContainerRow = Omit<Docker.ContainerInfo, 'Ports' | 'NetworkSettings' | 'Mounts'> & {
  readonly Ports: readonly PortRow[];
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, EndpointBody>> };
  readonly Mounts: readonly MountBody[];
};

export function containerInfo(container: ContainerRecord, engine: EngineApi): ContainerRow {
  const { spec, state, process } = container;
  return {
    Id: container.id,
    Names: [`/${spec.name}`, ...linkNames(container, engine)],
    Image: imageName(container, engine),
    ImageID: container.imageId,
    Command: commandText(process.argv),
    Created: unixSeconds(container.created),
    Ports: portList(container),
    Labels: { ...process.labels },
    State: state.status,
    Status: statusText(state),
    HostConfig: { NetworkMode: spec.networkMode === 'default' ? 'bridge' : spec.networkMode },
    NetworkSettings: { Networks: endpointBodies(container) },
    Mounts: mountBodies(container),
  };
}

/** The names by which others know it through legacy links: `/other/alias`. */
function linkNames({ id, spec }: ContainerRecord, engine: EngineApi): string[] {
  return engine.listContainers().flatMap((other) =>
    other.spec.links.flatMap((link) => {
      const [name = '', alias = name] = link.split(':');
      const isMe = name.replace(/^\//, '') === spec.name || name === id;
      return isMe ? [`/${other.spec.name}/${alias}`] : [];
    }),
  );
}

/** The reference that the container was made with, or the image's id where it means another image by now. */
function imageName({ spec, imageId }: ContainerRecord, engine: EngineApi): string {
  try {
    return engine.findImage(spec.image).id === imageId ? spec.image : imageId;
  } catch {
    return imageId;
  }
}

/** Arguments that hold a space stand in quotes. */
function commandText(argv: readonly string[]): string {
  const [program = '', ...args] = argv;
  return [program, ...args.map((arg) => (arg.includes(' ') ? `'${arg}'` : arg))].join(' ');
}
