import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { folderChanges } from '../../src/image/folder-changes.ts';
import { scratch } from './scratch.ts';

test('a folder that holds only what is hidden has not changed', () => {
  const root = scratch();
  for (const folder of ['lower/etc', 'upper/etc', 'upper/foo'])
    mkdirSync(`${root}/${folder}`, { recursive: true });
  writeFileSync(`${root}/upper/etc/hosts`, '');
  writeFileSync(`${root}/upper/foo/bar`, '');
  const isHidden = (path: string): boolean => path === '/etc/hosts';
  const added = [
    { path: '/foo', kind: 'added' },
    { path: '/foo/bar', kind: 'added' },
  ];
  expect(folderChanges(`${root}/upper`, [`${root}/lower`], isHidden)).toEqual(added);
  writeFileSync(`${root}/upper/etc/issue`, '');
  const changed = [
    { path: '/etc', kind: 'changed' },
    { path: '/etc/issue', kind: 'added' },
  ];
  expect(folderChanges(`${root}/upper`, [`${root}/lower`], isHidden)).toEqual([...changed, ...added]);
});
