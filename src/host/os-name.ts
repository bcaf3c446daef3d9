import { readFileSync } from 'node:fs';

/** Name and version of the distribution, from os-release; `Linux` where there is none. */
export interface OsName {
  readonly pretty: string;
  readonly version: string;
}

let known: OsName | undefined;

export function osName(): OsName {
  known ??= parseOsRelease(readFirst(['/etc/os-release', '/usr/lib/os-release']));
  return known;
}

function readFirst(paths: readonly string[]): string {
  for (const path of paths) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      // The next place may have it.
    }
  }
  return '';
}

function parseOsRelease(text: string): OsName {
  const value = (key: string): string | undefined =>
    new RegExp(`^${key}=["']?(.*?)["']?$`, 'm').exec(text)?.[1];
  return { pretty: value('PRETTY_NAME') ?? 'Linux', version: value('VERSION_ID') ?? '' };
}
