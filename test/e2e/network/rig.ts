import { rmSync } from 'node:fs';
import { build } from 'esbuild';
import { repository } from '../../helpers/host.ts';
import type { PrivateHost } from '../../helpers/host.ts';
import type { Request } from './program.ts';

/** The network room at work in private hosts. */
export interface Rig extends Disposable {
  perform(host: PrivateHost, request: Request): Promise<void>;
}

/** Bundles the program that performs actions. */
export async function buildRig(): Promise<Rig> {
  // Beside the packages, where the program finds koffi.
  const bundle = `${repository}/node_modules/.cache/berth-network-${process.pid}-${Date.now()}.mjs`;
  await build({
    absWorkingDir: repository,
    entryPoints: ['test/e2e/network/program.ts'],
    outfile: bundle,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['koffi'],
    logLevel: 'warning',
  });
  return {
    perform: async (host, request) => {
      await host.run(['node', bundle], { input: JSON.stringify(request), cwd: '/usr' });
    },
    [Symbol.dispose]: () => rmSync(bundle, { force: true }),
  };
}
