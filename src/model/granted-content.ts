/** The content of a secret or config on its way to a container. Never part of a record, a plan or a message. */
export interface GrantedContent {
  /** Absolute path in the container. */
  readonly target: string;
  readonly content: Buffer;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}
