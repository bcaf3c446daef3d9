import { ports } from '../../parity/table/ports.ts';
import { scenesHold } from './rig.ts';

scenesHold([ports]);
