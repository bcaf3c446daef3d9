import { open, type FileHandle } from 'node:fs/promises';
import { isErrno } from './kernel.ts';
import { fileFacts } from './files-now.ts';

/** A file open for reading at any place, which another process may be writing. */
export class ReadableFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #inode: bigint;

  private constructor(path: string, handle: FileHandle, inode: bigint) {
    this.#path = path;
    this.#handle = handle;
    this.#inode = inode;
  }

  /** Undefined when there is no such file. */
  static async open(path: string): Promise<ReadableFile | undefined> {
    try {
      const handle = await open(path, 'r');
      return new ReadableFile(path, handle, (await handle.stat({ bigint: true })).ino);
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
      throw error;
    }
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  /** What is there from `offset` on, at most `length` bytes; empty at the end. */
  async read(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    const { bytesRead } = await this.#handle.read(buffer, 0, length, offset);
    return buffer.subarray(0, bytesRead);
  }

  /** True for two names of one file. */
  isSame(other: ReadableFile): boolean {
    return this.#inode === other.#inode;
  }

  /** True when another file has taken its path. */
  isReplaced(): boolean {
    const facts = fileFacts(this.#path, { follow: true });
    return facts !== undefined && facts.inode !== this.#inode;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
