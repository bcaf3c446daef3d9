import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { hostFolders, removeHost, repository } from '../helpers/host.ts';

const programs = ['unshare', 'nsenter', 'ip', 'iptables-restore', 'conmon', 'dig', 'socat', 'ps', 'jq'];

/** Checks what whole runs need, and builds the bundle that they run. */
export function setup(): void {
  process.env['BERTH_E2E_RUN'] = String(process.pid);
  if (process.getuid?.() !== 0)
    throw new Error('whole runs make network namespaces: run them as root (sudo npm run test:e2e)');
  const missing = programs.filter((program) => !onPath(program));
  if (missing.length > 0)
    throw new Error(`missing: ${missing.join(', ')}. bin/test installs what the tests need.`);
  if (process.env['BERTH_TEST_BUILT'] !== '1')
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: repository, stdio: 'inherit' });
}

/** A test that ran out of time leaves its host behind. */
export async function teardown(): Promise<void> {
  const beginning = hostFolders();
  const left = readdirSync(dirname(beginning)).filter((name) => name.startsWith(`${basename(beginning)}-`));
  for (const name of left) await removeHost(`${dirname(beginning)}/${name}`);
}

function onPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(`${folder}/${program}`));
}
