import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BuildRecords } from '../../../src/image/build/build-records.ts';
import { ImageStore } from '../../../src/image/store.ts';
import type { BuildRequest } from '../../../src/model/build.ts';

let folder = '';
let records: BuildRecords;
let request: BuildRequest;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'berth-build-'));
  const images = new ImageStore({ root: `${folder}/state` });
  await images.open();
  records = new BuildRecords({ root: `${folder}/state`, images });
  mkdirSync(`${folder}/app/src`, { recursive: true });
  writeFileSync(`${folder}/app/Dockerfile`, 'FROM scratch\nCOPY src /src\n');
  writeFileSync(`${folder}/app/src/a.js`, '1');
  request = {
    context: `${folder}/app`,
    dockerfile: 'Dockerfile',
    args: {},
    target: '',
    // An image that is always there stands for the one that was built.
    tags: ['berth/host'],
    labels: {},
    contexts: {},
    noCache: false,
    noCacheFilter: [],
    pull: false,
    network: '',
    extraHosts: [],
    platform: '',
    secrets: [],
    ssh: [],
    ulimits: [],
    memory: '',
    privileged: false,
  };
  const imageId = images.find('berth/host')?.id ?? '';
  await records.save(request, { ...records.see(request), imageId });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('whether an image is what its context would give', () => {
  test('it is, while nothing changed', () => {
    expect(records.assess(request)).toMatchObject({ fate: 'fresh', reason: '' });
  });

  test('a file that is copied is named when it changed, came or went', () => {
    writeFileSync(`${folder}/app/src/a.js`, '22');
    writeFileSync(`${folder}/app/src/b.js`, '');
    expect(records.assess(request)).toMatchObject({
      fate: 'changed',
      reason: 'context changed: src/a.js and 1 more',
    });
    rmSync(`${folder}/app/src`, { recursive: true });
    expect(records.assess(request).reason).toMatch(/^context changed: src/);
  });

  test('a new time alone is no change', () => {
    utimesSync(`${folder}/app/src/a.js`, 1, 1);
    expect(records.assess(request).fate).toBe('fresh');
  });

  test('what no step copies does not count, nor what is ignored', () => {
    writeFileSync(`${folder}/app/README.md`, 'new');
    expect(records.assess(request).fate).toBe('fresh');
    writeFileSync(`${folder}/app/.dockerignore`, 'src/*.log');
    writeFileSync(`${folder}/app/src/x.log`, '');
    expect(records.assess(request).fate).toBe('fresh');
  });

  test('the Dockerfile, an argument and a target are told by their names', () => {
    expect(records.assess({ ...request, args: { V: '1' } }).reason).toBe('args.V changed');
    writeFileSync(`${folder}/app/Dockerfile`, 'FROM scratch\nCOPY src /other\n');
    expect(records.assess(request).reason).toBe('Dockerfile changed');
  });

  test('without an image there is nothing to compare, and one from elsewhere is left alone', () => {
    expect(records.assess({ ...request, tags: ['none:1'] }).fate).toBe('missing');
    expect(
      records.assess({ ...request, context: `${folder}/app/src`, dockerfile: '../Dockerfile' }).fate,
    ).toBe('foreign');
  });
});
