import { isKeptInMemory, memoryFolder, writeOwnedFile } from '../host/memory-files.ts';
import { fileFacts, listFolder, readBytes, removeFolderNow, removeTreeNow } from '../host/files-now.ts';
import { makeFolderNow } from '../host/files.ts';
import { isMountPoint, unmount } from '../host/mounts.ts';
import type { ContainerRecord, GrantedFile } from '../model/container.ts';
import { EngineError } from '../model/errors.ts';

/**
 * Secrets and configs of containers: `<run root>/files/<container id>/<number>`, always on a filesystem in memory. The
 * engine mounts one there when the run root itself is on a disk. What a client handed over stays until the container
 * goes or the machine stops; a `source` is copied at each start.
 */
export class GrantedFiles {
  readonly #folder: string;

  constructor(runRoot: string) {
    this.#folder = `${runRoot}/files`;
  }

  /** Takes contents for the files of a container; targets that it has no file for are passed over. */
  give(
    container: ContainerRecord,
    contents: readonly { readonly target: string; readonly content: Buffer }[],
    { onlyMissing }: { readonly onlyMissing: boolean },
  ): void {
    for (const [index, file] of (container.spec.files ?? []).entries()) {
      const given = contents.find(({ target }) => target === file.target);
      if (!given || file.source !== undefined) continue;
      if (onlyMissing && fileFacts(this.#place(container.id, index))) continue;
      this.#write(container.id, index, { content: given.content, owner: ownerOf(file) });
    }
  }

  /**
   * Before a start: copies what comes from the host, and sees that the rest is there.
   * @throws {EngineError} GRANTED_FILES_MISSING, GRANTED_FILE_UNREADABLE
   */
  hold(container: ContainerRecord): void {
    const missing: string[] = [];
    for (const [index, file] of (container.spec.files ?? []).entries()) {
      if (file.source !== undefined) this.#copy(container, index, { ...file, source: file.source });
      else if (!fileFacts(this.#place(container.id, index))) missing.push(file.target);
    }
    if (missing.length > 0) throw filesMissing(container, missing);
  }

  mountsOf({ id, spec }: ContainerRecord): { source: string; target: string }[] {
    return (spec.files ?? []).map(({ target }, index) => ({ source: this.#place(id, index), target }));
  }

  folderOf(id: string): string {
    return `${this.#folder}/${id}`;
  }

  /** Forgets what a container was given. */
  drop(id: string): void {
    removeTreeNow(this.folderOf(id));
    if (listFolder(this.#folder).length > 0) return;
    if (isMountPoint(this.#folder)) unmount(this.#folder, { lazy: true });
    removeFolderNow(this.#folder);
  }

  keepOnly(isKnown: (id: string) => boolean): void {
    for (const id of listFolder(this.#folder)) if (!isKnown(id)) this.drop(id);
  }

  #copy(container: ContainerRecord, index: number, file: GrantedFile & { readonly source: string }): void {
    const facts = fileFacts(file.source, { follow: true });
    const content = facts?.kind === 'file' ? readBytes(file.source) : undefined;
    if (!facts || content === undefined) {
      const text = `container ${container.spec.name}: ${file.source} for ${file.target} is no file that can be read`;
      throw new EngineError(400, 'GRANTED_FILE_UNREADABLE', text, {
        hint: 'a secret or config with uid, gid or mode is copied, so it has to be a file, not a folder',
      });
    }
    const owner = {
      uid: file.uid ?? facts.uid,
      gid: file.gid ?? facts.gid,
      mode: file.mode ?? facts.mode,
    };
    this.#write(container.id, index, { content, owner });
  }

  #write(
    id: string,
    index: number,
    { content, owner }: { content: Buffer; owner: { uid: number; gid: number; mode: number } },
  ): void {
    makeFolderNow(this.#folder, 0o700);
    if (!isKeptInMemory(this.#folder)) memoryFolder(this.#folder);
    makeFolderNow(this.folderOf(id), 0o700);
    writeOwnedFile(this.#place(id, index), content, owner);
  }

  #place(id: string, index: number): string {
    return `${this.folderOf(id)}/${String(index)}`;
  }
}

function ownerOf({ uid, gid, mode }: GrantedFile): { uid: number; gid: number; mode: number } {
  return { uid: uid ?? 0, gid: gid ?? 0, mode: mode ?? 0o444 };
}

function filesMissing({ spec }: ContainerRecord, targets: readonly string[]): EngineError {
  const text = `container ${spec.name} cannot start: ${targets.join(', ')} ${targets.length === 1 ? 'is' : 'are'} not in memory any more`;
  return new EngineError(409, 'GRANTED_FILES_MISSING', text, {
    hint: 'secrets and configs are never written to a disk, so a reboot forgets them: berth up -d hands them over again',
  });
}
