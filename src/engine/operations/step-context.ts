import type { ForwardingFamily } from '../forwarding.ts';
import type { Ids } from '../ids.ts';
import type { Paths } from '../paths.ts';
import type { VolumeRecord } from '../../model/image.ts';
import type { EngineState } from '../state.ts';

export type PathKind = 'file' | 'folder' | 'none';

/** What the step builders read. With a copied state and preview ids, nothing they do can be felt. */
export interface StepContext {
  readonly state: EngineState;
  readonly ids: Ids;
  readonly paths: Paths;
  /** The word that marks kernel objects as ours. */
  readonly owner: string;
  /** Bytes: MTU of new networks that do not name one. */
  readonly defaultMtu: () => number;
  /** The alias of a device of the host; undefined when there is no such device. */
  readonly linkAlias: (name: string) => string | undefined;
  /** Preview: firewall steps then carry the rules they add and remove. */
  readonly preview: boolean;
  readonly now: () => string;
  /** Node's word for the processor: `x64`. */
  readonly processor: string;
  readonly findVolume: (name: string) => VolumeRecord | undefined;
  /** What stands at a path of the machine; links are followed. */
  readonly kindOnHost: (path: string) => PathKind;
  /** What stands at a path of an image. */
  readonly kindInImage: (imageId: string, path: string) => PathKind;
  /** CIDRs that no new pool may overlap: networks and the host's routes, each with whose it is. */
  readonly takenSubnets: () => readonly TakenSubnet[];
  readonly networkFile: (id: string) => string;
  readonly containerFolder: (id: string) => string;
  /** The host does not forward: the first bridge of the family switches that on. */
  readonly forwardingIsOff: (family: ForwardingFamily) => boolean;
}

export interface TakenSubnet {
  readonly cidr: string;
  /** `network shop_front`, `route on eth0`. */
  readonly holder: string;
}
