import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';

/** The first of these folders' files of that name that can be run. */
export function findProgram(name: string, folders: readonly string[]): string | undefined {
  return folders.map((folder) => join(folder, name)).find(canRun);
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
