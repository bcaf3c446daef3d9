import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FirewalldZone, isRunning } from '../../src/network/firewall/firewalld.ts';

let folder: string;
let daemon: ChildProcess | undefined;

/** Only what these tests put there is found by its name. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-firewalld-'));
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
  const script = `#!/bin/sh\necho "$*" >> ${folder}/calls\n[ ! -e ${folder}/broken ]\n`;
  await writeFile(join(folder, 'firewall-cmd'), script, { mode: 0o755 });
});
afterEach(async () => {
  daemon?.kill('SIGKILL');
  daemon = undefined;
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function startDaemon(): Promise<void> {
  await writeFile(join(folder, 'firewalld'), 'echo up; read -r _\n');
  daemon = spawn('bash', [join(folder, 'firewalld')], { stdio: ['pipe', 'pipe', 'ignore'] });
  if (daemon.stdout) await once(daemon.stdout, 'data');
}

async function calls(): Promise<string[]> {
  const text = await readFile(join(folder, 'calls'), 'utf8').catch(() => '');
  return text.split('\n').filter(Boolean);
}

it('puts bridges into the zone once, and takes them out when they go', async () => {
  await startDaemon();
  const zone = new FirewalldZone();
  await Promise.all([zone.sync(['br-a']), zone.sync(['br-a', 'br-b']), zone.sync(['br-a', 'br-b'])]);
  await zone.sync(['br-b']);
  expect(await calls()).toEqual([
    '--quiet --zone=trusted --change-interface=br-a',
    '--quiet --zone=trusted --change-interface=br-b',
    '--quiet --zone=trusted --remove-interface=br-a',
  ]);
});

it('puts them there again after firewalld has forgotten them', async () => {
  await startDaemon();
  const zone = new FirewalldZone();
  await zone.sync(['br-a']);
  zone.forget();
  await zone.sync(['br-a']);
  expect(await calls()).toHaveLength(2);
});

it('tries again after a failure', async () => {
  await startDaemon();
  const zone = new FirewalldZone();
  await writeFile(join(folder, 'broken'), '');
  await expect(zone.sync(['br-a'])).rejects.toThrow('firewall-cmd');
  await rm(join(folder, 'broken'));
  await zone.sync(['br-a']);
  expect(await calls()).toHaveLength(2);
});

it('asks nobody where none runs in this network', async () => {
  expect(isRunning()).toBe(false);
  await new FirewalldZone().sync(['br-a']);
  expect(await calls()).toEqual([]);
});
