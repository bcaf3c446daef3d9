// Bundles the command line into dist/, which bin/berth.js runs.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle, bundleWorker, without } from './bundle.js';
import { bundleTesting, emitTypes } from './testing.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
/** Built beside and put in place at once: a command that runs meanwhile finds the old bundle or the new one. */
const beside = join(root, `dist.${process.pid}`);

await compileSchemasIfPresent();
mkdirSync(beside);
const program = { entryPoints: ['src/cli/main.ts'] };
const client = { ...program, plugins: [without(/\/commands\/(doctor|engine)\.ts$/)] };
await bundle({ source: program, folder: beside, argv: () => ['config'], name: 'whole' });
await bundle({ source: client, folder: beside, argv: () => ['config'] });
await bundleWorker('src/image/unpack-worker.ts', join(beside, 'unpack-worker.cjs'));
await bundleTesting(beside);
// Types take seconds, and only a package needs them.
if (process.argv.includes('--types')) emitTypes(join(beside, 'testing', 'types'));
rmSync(dist, { recursive: true, force: true });
renameSync(beside, dist);

async function compileSchemasIfPresent() {
  const script = join(root, 'scripts', 'compile-schemas.js');
  if (!existsSync(script)) return;
  const { compileSchemas } = await import(script);
  await compileSchemas();
}
