import { fileFacts, readChunks } from '../host/file-chunks.ts';
import { readDocument, stageBlob, type StagedBlob } from './blobs.ts';
import { decompress, type Bytes } from './decompress.ts';
import { archiveIncomplete, archiveLimit, layerEntryInvalid } from './errors.ts';
import { TarReader, type TarEntry } from './tar-reader.ts';

/** The files of an image archive, wherever they are. Names have no leading `./`. */
export interface ArchiveFiles {
  has(name: string): boolean;
  /** Throws EngineError ARCHIVE_INCOMPLETE; `needer` is what names the file. */
  blob(name: string, needer: string): Promise<StagedBlob>;
  document(name: string, needer: string): Promise<{ value: unknown; blob: StagedBlob }>;
}

/** Reads an archive (a tar, compressed or not) and keeps its files in `staging`, hashed. Throws EngineError. */
export async function stageArchive(source: Bytes, staging: string): Promise<ArchiveFiles> {
  const tar = new TarReader(decompress(source));
  const files = new Map<string, StagedBlob | { readonly alias: string }>();
  try {
    for (let entry = await tar.next(); entry; entry = await tar.next()) {
      if (files.size >= MAX_FILES) throw archiveLimit(`it has over ${MAX_FILES} files`);
      const name = cleanName(entry.name);
      if (entry.type === 'file') files.set(name, await stageBlob(dataOf(tar), `${staging}/${files.size}`));
      else if (entry.type === 'symlink' || entry.type === 'hard-link')
        files.set(name, { alias: aliasOf(name, entry) });
      else if (entry.type !== 'folder')
        throw layerEntryInvalid(entry.name, 'has no place in an image archive');
    }
  } finally {
    await tar.close();
  }
  return archiveFiles({
    has: (name) => staged(files, name) !== undefined,
    find: (name) => staged(files, name),
  });
}

/** An archive that was unpacked to a folder: an OCI image layout, or what `docker save` writes. */
export function folderArchive(folder: string, staging: string): ArchiveFiles {
  const copies = new Map<string, Promise<StagedBlob>>();
  const has = (name: string) =>
    !name.split('/').includes('..') && fileFacts(`${folder}/${name}`)?.kind === 'file';
  const find = (name: string) => {
    if (!has(name)) return undefined;
    const copy = copies.get(name) ?? stageBlob(readChunks(`${folder}/${name}`), `${staging}/${copies.size}`);
    copies.set(name, copy);
    return copy;
  };
  return archiveFiles({ has, find });
}

const MAX_FILES = 10_000;

interface Lookup {
  has(name: string): boolean;
  find(name: string): StagedBlob | Promise<StagedBlob> | undefined;
}

function archiveFiles(lookup: Lookup): ArchiveFiles {
  const blob = async (name: string, needer: string) => {
    const found = lookup.find(cleanName(name));
    if (!found) throw archiveIncomplete(`"${name}"`, needer);
    return await found;
  };
  return {
    has: (name) => lookup.has(cleanName(name)),
    blob,
    document: async (name, needer) => {
      const found = await blob(name, needer);
      return { value: readDocument(found.path, name), blob: found };
    },
  };
}

function staged(
  files: ReadonlyMap<string, StagedBlob | { readonly alias: string }>,
  name: string,
): StagedBlob | undefined {
  let found = files.get(name);
  // Aliases never touch the disk: they are looked up among the archive's own names.
  for (let steps = 0; found && 'alias' in found; steps += 1)
    found = steps < 8 ? files.get(found.alias) : undefined;
  return found;
}

/** `docker save` of older versions writes a layer that two images share as a symbolic link to the first. */
function aliasOf(name: string, entry: TarEntry): string {
  if (entry.type === 'hard-link') return cleanName(entry.linkName);
  const parts = name.split('/').slice(0, -1);
  for (const part of entry.linkName.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

function cleanName(name: string): string {
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

async function* dataOf(tar: TarReader): AsyncGenerator<Buffer> {
  for (let data = await tar.read(); data.length > 0; data = await tar.read()) yield data;
}
