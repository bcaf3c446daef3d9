import { containers } from '../../parity/table/containers.ts';
import { networks } from '../../parity/table/networks.ts';
import { traffic } from '../../parity/table/traffic.ts';
import { scenesHold } from './rig.ts';

scenesHold([traffic, networks, containers]);
