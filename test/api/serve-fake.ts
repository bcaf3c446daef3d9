import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ServedApi, serveApi } from '../../src/api/serve.ts';
import { FakeEngine } from './fake-engine.ts';

export interface Served {
  readonly engine: FakeEngine;
  readonly socketPath: string;
  readonly api: ServedApi;
  /** Errors that are bugs. */
  readonly bugs: unknown[];
}

/** A fake engine behind the real API on a real socket, until the test ends. */
export async function serveFake(): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-api-'));
  const socketPath = join(folder, 'docker.sock');
  const engine = new FakeEngine(socketPath);
  const bugs: unknown[] = [];
  const api = await serveApi(engine, socketPath, { onBug: (error) => bugs.push(error) });
  onTestFinished(async () => {
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { engine, socketPath, api, bugs };
}
