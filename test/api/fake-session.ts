import { PassThrough } from 'node:stream';
import type { ExecSession } from '../../src/engine/engine-api.ts';

/** A process of an exec, played by the test. */
export class FakeSession implements ExecSession {
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly exit: Promise<number>;
  readonly pid = 4711;
  refusal?: string;
  size: readonly [rows: number, columns: number] = [0, 0];
  readonly #onEnd: (code: number) => void;
  #resolve: (code: number) => void = () => undefined;

  constructor(onEnd: (code: number) => void) {
    this.#onEnd = onEnd;
    this.exit = new Promise((resolve) => (this.#resolve = resolve));
  }

  started(): Promise<unknown> {
    return Promise.resolve();
  }

  resize(rows: number, columns: number): void {
    this.size = [rows, columns];
  }

  end(code: number): void {
    this.stdout.end();
    this.stderr.end();
    this.#onEnd(code);
    this.#resolve(code);
  }
}
