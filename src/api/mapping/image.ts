import type Docker from 'dockerode';
import type { ContainerRecord } from '../../model/container.ts';
import type { ImageConfig, ImageRecord } from '../../model/image.ts';
import { goSet } from './go-set.ts';
import { healthConfig } from './health.ts';
import { unixSeconds } from './times.ts';

export function imageInfo(image: ImageRecord, containers: readonly ContainerRecord[]): Docker.ImageInfo {
  return {
    Containers: containers.filter(({ imageId }) => imageId === image.id).length,
    Created: unixSeconds(image.created),
    Id: image.id,
    Labels: { ...image.config.labels },
    ParentId: '',
    RepoDigests: [...image.repoDigests],
    RepoTags: [...image.references],
    SharedSize: -1,
    Size: image.sizeBytes,
    VirtualSize: image.sizeBytes,
  };
}

export type ImageBody = Omit<
  Docker.ImageInspectInfo,
  'Container' | 'ContainerConfig' | 'Config' | 'GraphDriver'
> & {
  readonly Config: object;
  readonly GraphDriver: { Name: string; Data: object };
  readonly Metadata: { LastTagTime: string };
};

export function imageInspect(image: ImageRecord): ImageBody {
  return {
    Id: image.id,
    RepoTags: [...image.references],
    RepoDigests: [...image.repoDigests],
    Parent: '',
    Comment: image.history.at(-1)?.comment ?? '',
    Created: image.created,
    DockerVersion: '',
    Author: image.author,
    Config: imageConfig(image.config),
    Architecture: image.architecture,
    Os: image.os,
    Size: image.sizeBytes,
    VirtualSize: image.sizeBytes,
    GraphDriver: { Name: 'overlay2', Data: {} },
    RootFS: { Type: 'layers', Layers: [...image.diffIds] },
    Metadata: { LastTagTime: image.lastTagTime ?? image.created },
  };
}

/** Gone from API 1.45 on, which docker-compose 1 speaks too, and then falls over: it reads the volumes here. */
export function imageOrigin({ config }: ImageRecord): { Container: string; ContainerConfig: object } {
  return { Container: '', ContainerConfig: imageConfig(config) };
}

function imageConfig(config: ImageConfig): object {
  return {
    Hostname: '',
    Domainname: '',
    User: config.user,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    ExposedPorts: goSet(config.exposedPorts),
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: config.env,
    Cmd: config.command.length > 0 ? config.command : null,
    Image: '',
    Volumes: config.volumes.length > 0 ? goSet(config.volumes) : null,
    WorkingDir: config.workingDir,
    Entrypoint: config.entrypoint.length > 0 ? config.entrypoint : null,
    OnBuild: config.onBuild ?? null,
    Labels: config.labels,
    ...(config.stopSignal && { StopSignal: config.stopSignal }),
    ...(config.healthcheck && { Healthcheck: healthConfig(config.healthcheck) }),
    ...(config.shell && { Shell: config.shell }),
  };
}

/** Newest layer first. Sizes of single layers are not kept; the image's whole size stands at the top. */
export function imageHistory(image: ImageRecord): readonly object[] {
  return image.history.toReversed().map((layer, index) => ({
    Id: index === 0 ? image.id : '<missing>',
    Created: unixSeconds(layer.created),
    CreatedBy: layer.createdBy,
    Tags: index === 0 ? image.references : [],
    Size: index === 0 ? image.sizeBytes : 0,
    Comment: layer.comment,
  }));
}
