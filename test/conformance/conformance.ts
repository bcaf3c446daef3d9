/** A test by which Docker is known, of one host, and the tests of ours that fail when its rule or record is taken away. */
export interface Conformance {
  /** Name of the test in moby/moby. */
  readonly docker: string;
  /** `file: title`, or the id of a behaviour of the parity table as `parity: id`. */
  readonly ours: readonly string[];
}

/** Something that is promised, and the tests of ours, named in the same way. */
export interface Kept {
  readonly is: string;
  readonly ours: readonly string[];
}
