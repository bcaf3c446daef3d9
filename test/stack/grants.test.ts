import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Project, ServiceModel } from '../../src/model/compose.ts';
import { changesBetween, formatChanges } from '../../src/plan/difference.ts';
import { serviceDefinition } from '../../src/plan/definition.ts';
import { boundGrants, grantedContents, grantedFileBodies, withGrantDigests } from '../../src/stack/grants.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync('/tmp/berth-grants-');
  writeFileSync(`${folder}/a.txt`, 'one');
});
afterAll(() => rmSync(folder, { recursive: true }));

function vault(service: ServiceModel, environment: Record<string, string> = { TOKEN: 'swordfish' }): Project {
  return {
    name: 'vault',
    workingDir: folder,
    files: [`${folder}/compose.yaml`],
    model: {
      name: 'vault',
      services: { app: service },
      secrets: { file: { file: `${folder}/a.txt` }, token: { environment: 'TOKEN' } },
      configs: { text: { content: 'hello' } },
    },
    disabledServices: [],
    environment,
    at: () => undefined,
  };
}

describe('grants', () => {
  it('a file without an owner of its own is mounted as it is; with one it is kept in memory', () => {
    const service = {
      secrets: [{ source: 'file' }, { source: 'file', target: 'b', uid: '7', mode: '0400' }],
    };
    const project = vault(service);
    expect(boundGrants(project, service).map(({ target }) => target)).toEqual([
      '/run/secrets/file',
      '/run/secrets/b',
    ]);
    expect(grantedFileBodies(project, service)).toEqual([
      { Target: '/run/secrets/b', Source: `${folder}/a.txt`, UID: 7, Mode: 0o400 },
    ]);
    expect(grantedContents(project, service)).toEqual([]);
  });

  it('a request says where a value goes, never the value', () => {
    const service = { secrets: [{ source: 'token' }], configs: [{ source: 'text', target: '/etc/text' }] };
    const project = vault(service);
    expect(JSON.stringify(grantedFileBodies(project, service))).toBe(
      '[{"Target":"/etc/text"},{"Target":"/run/secrets/token"}]',
    );
    expect(grantedContents(project, service).map(({ target, content }) => [target, String(content)])).toEqual(
      [
        ['/etc/text', 'hello'],
        ['/run/secrets/token', 'swordfish'],
      ],
    );
  });

  it('a changed value changes the definition, whose text has neither value', () => {
    const service = { secrets: [{ source: 'token' }] };
    const [one, other] = ['swordfish', 'trout'].map((TOKEN) =>
      serviceDefinition(withGrantDigests(vault(service, { TOKEN })), service),
    );
    expect(formatChanges(changesBetween(one ?? {}, other ?? {}))).toBe('secret token: its content changed');
    expect(JSON.stringify([one, other])).not.toMatch(/swordfish|trout/);
  });

  it('the digest of a secret is no plain hash that words could be tried against quickly', () => {
    const service = { secrets: [{ source: 'token' }] };
    const startedAt = performance.now();
    const { grantDigests } = withGrantDigests(vault(service));
    expect(performance.now() - startedAt).toBeGreaterThan(1);
    expect(grantDigests?.['secrets.token']).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([['nobody'], ['-1'], ['1.5']])('an owner must be a number: %s', (uid) => {
    const service = { secrets: [{ source: 'token', uid }] };
    expect(() => grantedFileBodies(vault(service), service)).toThrow(
      `secrets.token: uid "${uid}" is no number`,
    );
  });

  it('a variable that is not set is an error, an empty one is not', () => {
    const service = { secrets: [{ source: 'token' }] };
    expect(() => withGrantDigests(vault(service, {}))).toThrow(
      'environment variable "TOKEN" required by secret "token" is not set',
    );
    expect(() => withGrantDigests(vault(service, { TOKEN: '' }))).not.toThrow();
  });

  it('a file that is gone is an error', () => {
    const service = { secrets: [{ source: 'file' }] };
    const project = vault(service);
    const gone = { ...project, model: { ...project.model, secrets: { file: { file: '/nowhere/x' } } } };
    expect(() => withGrantDigests(gone)).toThrow('secret file not found: /nowhere/x');
  });
});
