/** A manifest and the blobs that it names, for a registry. Contents are texts in base64. */
export interface Artifact {
  /** `registry/repository:tag`. */
  readonly reference: string;
  readonly mediaType: string;
  readonly manifest: string;
  readonly blobs: readonly { readonly digest: string; readonly content: string }[];
}
