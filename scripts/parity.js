// npm run test:parity [-- SCENE|BEHAVIOUR…]: bundles test/parity/run.ts, and runs it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const repository = fileURLToPath(new URL('..', import.meta.url));
// Two folders below the root, as its source is: it finds the root from there.
const outfile = `${repository}bench/results/parity-${process.pid}.mjs`;
mkdirSync(`${repository}bench/results`, { recursive: true });
try {
  await build({
    entryPoints: [`${repository}test/parity/run.ts`],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'error',
  });
  const { status } = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  rmSync(outfile, { force: true });
}
