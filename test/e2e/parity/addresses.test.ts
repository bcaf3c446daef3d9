import { addresses } from '../../parity/table/addresses.ts';
import { dualStack } from '../../parity/table/dual-stack.ts';
import { files } from '../../parity/table/files.ts';
import { names } from '../../parity/table/names.ts';
import { scenesHold } from './rig.ts';

scenesHold([addresses, dualStack, files, names]);
