import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { addressOfContext } from '../../src/client/docker-context.ts';

test('a context of the docker CLI gives the address that it was made with', () => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-context-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const id = createHash('sha256').update('far').digest('hex');
  mkdirSync(`${folder}/contexts/meta/${id}`, { recursive: true });
  const meta = { Name: 'far', Endpoints: { docker: { Host: 'unix:///run/far.sock' } } };
  writeFileSync(`${folder}/contexts/meta/${id}/meta.json`, JSON.stringify(meta));
  expect(addressOfContext('far', { DOCKER_CONFIG: folder })).toBe('unix:///run/far.sock');
  expect(addressOfContext('default', { DOCKER_CONFIG: folder })).toBeUndefined();
  expect(() => addressOfContext('near', { DOCKER_CONFIG: folder })).toThrow('no docker context "near"');
});
