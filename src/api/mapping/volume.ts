import type Docker from 'dockerode';
import type { VolumeRecord } from '../../model/image.ts';

export type VolumeBody = Docker.VolumeInspectInfo & { readonly CreatedAt: string };

export function volumeInspect(volume: VolumeRecord): VolumeBody {
  return {
    CreatedAt: volume.created,
    Driver: volume.driver,
    Labels: { ...volume.labels },
    Mountpoint: volume.mountpoint,
    Name: volume.name,
    Options: { ...volume.options },
    Scope: 'local',
  };
}
