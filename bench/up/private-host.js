// The tests' private host, for benchmarks: every peer gets a machine of its own, and leaves nothing on the real one.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const repository = fileURLToPath(new URL('../../', import.meta.url));

/** `privateHost` of test/helpers/host.ts, which is TypeScript. */
export async function loadPrivateHost() {
  // Two folders below the root, as its source is: it finds the root from there.
  const outfile = `${repository}bench/results/private-host.mjs`;
  await build({
    entryPoints: [`${repository}test/helpers/host.ts`],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  return (await import(outfile)).privateHost;
}
