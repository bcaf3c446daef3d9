/** Loads an archive into a store, as a process that a test can kill. Arguments: state root, archive. */
import { ImageStore } from '../../../src/image/store.ts';

const [root = '', archive = ''] = process.argv.slice(2);
const store = new ImageStore({ root });
await store.open();
console.log('open');
for await (const line of store.load(archive)) console.log(line);
