// Bundles the command line: dist/cli.js and one chunk for each verb, loaded when the verb is used.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url);

/** CommonJS packages inside an ES module bundle still call `require`. */
const banner =
  "import { createRequire as __berthRequire } from 'node:module';const require = __berthRequire(import.meta.url);";

await compileSchemasIfPresent();
// Built beside and put in place at once: a command that runs meanwhile finds the old bundle or the new one.
const beside = `dist.${process.pid}`;
await build({
  absWorkingDir: new URL('.', root).pathname,
  entryPoints: entryPoints(),
  outdir: beside,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: ['koffi'],
  banner: { js: banner },
  chunkNames: 'chunks/[name]-[hash]',
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  legalComments: 'none',
  logLevel: 'warning',
});
rmSync(new URL('dist', root), { recursive: true, force: true });
renameSync(new URL(beside, root), new URL('dist', root));

function entryPoints() {
  const entries = { cli: 'src/cli/main.ts', testing: 'src/testing/index.ts' };
  return Object.fromEntries(Object.entries(entries).filter(([, path]) => existsSync(new URL(path, root))));
}

async function compileSchemasIfPresent() {
  const script = new URL('scripts/compile-schemas.js', root);
  if (!existsSync(script)) return;
  const { compileSchemas } = await import(script.href);
  await compileSchemas();
}
