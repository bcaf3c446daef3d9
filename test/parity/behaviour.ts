/** Something that can be seen of an engine, by a bash text that speaks to it with the docker client only. */
export interface Behaviour {
  /** Unique in the table. */
  readonly id: string;
  /** What is seen, in a few words. */
  readonly is: string;
  /** Run on the host with the functions of `prelude.ts`. Output, errors and a failing exit code are compared. */
  readonly see: string;
  /** The anchor in docs/differences.md of the row that says why Berth is not like Docker here. */
  readonly difference?: string;
  /** What is seen is made up by the client: it is another with another client, whatever the engine says. */
  readonly isOfClient?: true;
}

/** Behaviours that are seen on one and the same set-up. All containers and networks go when the scene ends. */
export interface Scene {
  readonly name: string;
  /** Bash text, run before; must succeed. */
  readonly setUp: string;
  readonly behaviours: readonly Behaviour[];
}

/** What one engine showed. */
export interface Sight {
  readonly id: string;
  readonly shown: string;
}
