import { open, type FileHandle } from 'node:fs/promises';

/** How far a file has been written that somebody else reads meanwhile. */
export class Growth {
  #sizeBytes: number;
  #end: { readonly error: Error | undefined } | undefined;
  #waiting: (() => void)[] = [];

  constructor(sizeBytes = 0) {
    this.#sizeBytes = sizeBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  advance(sizeBytes: number): void {
    this.#sizeBytes = sizeBytes;
    this.#wake();
  }

  /** Nothing more comes. With an error, whoever reads meets it. */
  end(error?: unknown): void {
    const isError = error === undefined || error instanceof Error;
    this.#end ??= { error: isError ? error : new Error('the writer failed', { cause: error }) };
    this.#wake();
  }

  /** True when there is more than `position`, false at the end. Throws what the writer failed with. */
  async reaches(position: number): Promise<boolean> {
    for (;;) {
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#sizeBytes > position) return true;
      if (this.#end) return false;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Bytes of a file from its start to the end of its growth, which may still go on. */
export async function* readGrowing(path: string, growth: Growth): AsyncGenerator<Buffer> {
  let position = 0;
  let file: FileHandle | undefined;
  try {
    while (await growth.reaches(position)) {
      file ??= await open(path, 'r');
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, growth.sizeBytes - position));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) throw new Error(`${path} is shorter than its writer says`);
      position += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await file?.close();
  }
}

/** A file to add to, made when it is not there. */
export interface AppendedFile {
  sizeBytes(): Promise<number>;
  writeAll(chunks: readonly Uint8Array[]): Promise<void>;
  /** Back to nothing. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export async function openAppended(path: string): Promise<AppendedFile> {
  const file = await open(path, 'a', 0o600);
  return {
    sizeBytes: async () => (await file.stat()).size,
    writeAll: (chunks) => writeAll(file, chunks),
    clear: () => file.truncate(0),
    close: () => file.close(),
  };
}

/** One system call where the kernel takes all at once, which it does unless the disk is full. */
async function writeAll(file: FileHandle, chunks: readonly Uint8Array[]): Promise<void> {
  const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { bytesWritten } = await file.writev([...chunks]);
  if (bytesWritten < total) await file.appendFile(Buffer.concat(chunks).subarray(bytesWritten));
}

const CHUNK_BYTES = 256 * 1024;
