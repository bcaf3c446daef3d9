/** A line of progress of a pull or push, in Docker's words: `Downloading`, `Pull complete`. */
export interface TransferEvent {
  readonly status: string;
  /** First 12 digits of a layer's digest, or a tag; absent for what is about the whole. */
  readonly id?: string;
  /** Present, and maybe empty, for lines about a layer: clients tell these lines apart by it. */
  readonly progress?: { readonly currentBytes?: number; readonly totalBytes?: number };
  /** What came of a push. */
  readonly aux?: object;
}
