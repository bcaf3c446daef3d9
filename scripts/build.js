// Bundles the command line: dist/cli.js and one chunk for each verb, loaded when the verb is used.
import { existsSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url);

/** CommonJS packages inside an ES module bundle still call `require`. */
const banner =
  "import { createRequire as __berthRequire } from 'node:module';const require = __berthRequire(import.meta.url);";

await compileSchemasIfPresent();
rmSync(new URL('dist', root), { recursive: true, force: true });
await build({
  absWorkingDir: new URL('.', root).pathname,
  entryPoints: entryPoints(),
  outdir: 'dist',
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
