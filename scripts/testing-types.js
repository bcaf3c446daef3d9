// node scripts/testing-types.js FOLDER: writes the types of berth/testing there.
import { emitTypes } from './testing.js';

emitTypes(process.argv[2]);
