import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { repository } from '../../helpers/host.ts';
import type { PrivateHost, Running } from '../../helpers/host.ts';
import type { Operations } from './rig-program.ts';

/** What a refused request says. */
export interface RigError {
  readonly code?: string;
  readonly message: string;
  readonly hint?: string;
}

/** The resolver and the port table at work in a private host. */
export interface Rig extends AsyncDisposable {
  readonly process: Running;
  call<K extends keyof Operations>(
    operation: K,
    ...argument: Parameters<Operations[K]>
  ): Promise<Awaited<ReturnType<Operations[K]>>>;
  /** As `call`, for what must be refused. */
  refused<K extends keyof Operations>(
    operation: K,
    ...argument: Parameters<Operations[K]>
  ): Promise<RigError>;
}

/** Bundles the program, starts it on the host and connects to it. */
export async function startRig(host: PrivateHost): Promise<Rig> {
  // Beside the packages, where the program finds koffi.
  const bundle = `${repository}/node_modules/.cache/berth-rig-${process.pid}-${Date.now()}.mjs`;
  await build({
    absWorkingDir: repository,
    entryPoints: ['test/e2e/dns/rig-program.ts'],
    outfile: bundle,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['koffi'],
    logLevel: 'warning',
  });
  const path = `${host.folder}/rig-${Date.now()}.sock`;
  const program = host.start(['node', bundle, path], { cwd: '/usr' });
  await program.saw('ready').finally(() => rmSync(bundle, { force: true }));
  const socket = connect(path);
  await once(socket, 'connect');
  const replies = createInterface({ input: socket })[Symbol.asyncIterator]();

  async function ask(operation: string, argument: unknown): Promise<{ value?: unknown; error?: RigError }> {
    socket.write(`${JSON.stringify({ operation, argument })}\n`);
    const next = await replies.next();
    if (next.done === true) throw new Error(`the rig ended: ${program.stderr()}`);
    return JSON.parse(next.value) as { value?: unknown; error?: RigError };
  }

  return {
    process: program,
    call: async (operation, ...[argument]) => {
      const { value, error } = await ask(operation, argument);
      if (error) throw new Error(`${operation}: ${error.message}`);
      return value as never;
    },
    refused: async (operation, ...[argument]) => {
      const { error } = await ask(operation, argument);
      if (!error) throw new Error(`${operation} was not refused`);
      return error;
    },
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
      await program[Symbol.asyncDispose]();
    },
  };
}
