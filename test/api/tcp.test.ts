import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTcpDoor } from '../../src/api/tcp.ts';
import { FakeEngine } from './fake-engine.ts';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'berth-tls-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A certificate that signs itself, for 127.0.0.1. */
function makeCertificate(name: string): { key: string; cert: string } {
  const files = [`${folder}/${name}.key`, `${folder}/${name}.pem`] as const;
  const about = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...about, '-keyout', files[0], '-out', files[1]], {
    stdio: 'ignore',
  });
  return { key: readFileSync(files[0], 'utf8'), cert: readFileSync(files[1], 'utf8') };
}

async function ping(port: number, tls: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path: '/_ping', ...tls }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    outgoing.on('error', reject).end();
  });
}

test('over TCP only who shows a certificate of the authority comes in', async () => {
  const [own, client, stranger] = ['engine', 'client', 'stranger'].map(makeCertificate);
  if (!own || !client || !stranger) throw new Error('no certificates');
  const door = { host: '127.0.0.1', port: 0, ca: client.cert, ...own };
  const server = await openTcpDoor(new FakeEngine(), door, {});
  const { port } = server.address() as AddressInfo;
  try {
    expect(await ping(port, { ca: own.cert, ...client })).toBe(200);
    await expect(ping(port, { ca: own.cert })).rejects.toThrow();
    await expect(ping(port, { ca: own.cert, ...stranger })).rejects.toThrow();
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
