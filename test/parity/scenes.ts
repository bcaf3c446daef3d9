import { addresses } from './table/addresses.ts';
import { containers } from './table/containers.ts';
import { dualStack } from './table/dual-stack.ts';
import { files } from './table/files.ts';
import { insides } from './table/insides.ts';
import { names } from './table/names.ts';
import { networks } from './table/networks.ts';
import { ports } from './table/ports.ts';
import { traffic } from './table/traffic.ts';
import type { Scene } from './behaviour.ts';

/** The table. */
export const scenes: readonly Scene[] = [
  addresses,
  dualStack,
  files,
  names,
  ports,
  traffic,
  networks,
  containers,
  insides,
];
