// The library for tests: one script for `require`, a door to it for `import`, and the types of both.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Each entry is a file of src/testing; what stands behind it are the names that it exports. */
const ENTRIES = {
  index: ['stack', 'Stack', 'RunningStack', 'Service', 'wait'],
  vitest: ['stackTest'],
};

/** Writes testing/{index,vitest}.{cjs,js} into `folder`. */
export async function bundleTesting(folder) {
  const target = join(folder, 'testing');
  mkdirSync(target, { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: Object.keys(ENTRIES).map((name) => `src/testing/${name}.ts`),
    outdir: target,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    external: ['koffi', 'vitest'],
    define: { 'import.meta.url': '__berthUrl' },
    banner: { js: "const __berthUrl = require('node:url').pathToFileURL(__filename).href;" },
    legalComments: 'none',
    logLevel: 'warning',
  });
  for (const [name, exported] of Object.entries(ENTRIES)) {
    const text = `import testing from './${name}.cjs';\nexport const { ${exported.join(', ')} } = testing;\n`;
    writeFileSync(join(target, `${name}.js`), text);
  }
}

/** The sources were checked before: here they are only written down. */
export function emitTypes(outDir) {
  const flags = [
    '--noCheck',
    '--declaration',
    '--emitDeclarationOnly',
    '--noEmit',
    'false',
    '--outDir',
    outDir,
  ];
  const config = join(root, 'scripts', 'testing-tsconfig.json');
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config, ...flags], {
    stdio: 'inherit',
  });
}
