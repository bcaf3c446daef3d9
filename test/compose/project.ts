import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadProject } from '../../src/compose/index.ts';
import type { LoadOptions, LoadResult } from '../../src/compose/index.ts';
import { BerthError } from '../../src/model/errors.ts';

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Writes files below a folder. */
export function writeFiles(folder: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}

/** Runs `work` in a fresh folder that holds `files`. The folder is called `proj`. */
export async function inProject<T>(files: Files, work: (folder: string) => Promise<T>): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), 'berth-compose-'));
  try {
    const folder = join(home, 'proj');
    mkdirSync(folder);
    writeFiles(folder, files);
    return await work(folder);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Loads a project of these files; a text alone is its compose.yaml. */
export async function load(files: Files | string, options: Partial<LoadOptions> = {}): Promise<LoadResult> {
  const all = typeof files === 'string' ? { 'compose.yaml': files } : files;
  return inProject(all, (folder) => loadProject({ cwd: folder, environment: {}, ...options }));
}

/** A mistake as tests compare it: places relative to the project. */
export interface FoundMistake {
  readonly code: string;
  readonly place: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly frame: string | undefined;
}

/** The mistakes that loading these files ends with, in the order of the report. */
export async function mistakesOf(
  files: Files | string,
  options: Partial<LoadOptions> = {},
): Promise<FoundMistake[]> {
  const all = typeof files === 'string' ? { 'compose.yaml': files } : files;
  return inProject(all, async (folder) => {
    try {
      await loadProject({ cwd: folder, environment: {}, ...options });
      return [];
    } catch (error) {
      if (!(error instanceof BerthError)) throw error;
      return [error, ...error.others].map(({ code, at, message, hint, frame }) => ({
        code,
        place:
          at === undefined
            ? ''
            : `${at.file.replace(`${folder}/`, '')}:${String(at.line)}:${String(at.column)}`,
        message,
        hint,
        frame,
      }));
    }
  });
}

/** Takes the mark `§` out of a text and tells where it stood, as `line:column`. */
export function withoutMark(text: string): { text: string; place: string } {
  const at = text.indexOf('§');
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  return { text: text.replace('§', ''), place: `${String(line)}:${String(at - before.lastIndexOf('\n'))}` };
}
