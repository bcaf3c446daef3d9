import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import type { Connection } from './connection.ts';
import { Exec } from './exec.ts';

export interface WaitResult {
  readonly StatusCode: number;
  readonly Error?: { readonly Message: string };
}

export type WaitOptions = Omit<Docker.ContainerWaitOptions, 'condition'> & {
  readonly condition?: string | undefined;
};

type Abortable = { readonly abortSignal?: AbortSignal | undefined };
type StopOptions = Abortable & { readonly t?: number | undefined; readonly signal?: string | undefined };

/** What stands at a path of a container. `mode` is Go's: see `isFolder` and `isLink`. */
export interface PathStat {
  readonly name: string;
  readonly size: number;
  readonly isFolder: boolean;
  readonly isLink: boolean;
  /** Where a link leads, as a path of the container. */
  readonly linkTarget: string;
}

const GO_FOLDER = 2 ** 31;
const GO_LINK = 2 ** 27;

function statIn(answer: IncomingMessage): PathStat {
  const header = String(answer.headers['x-docker-container-path-stat'] ?? '');
  const stat = JSON.parse(Buffer.from(header, 'base64').toString()) as {
    name: string;
    size: number;
    mode: number;
    linkTarget: string;
  };
  const has = (bit: number) => Math.floor(stat.mode / bit) % 2 === 1;
  const { name, size, linkTarget } = stat;
  return { name, size, linkTarget, isFolder: has(GO_FOLDER), isLink: has(GO_LINK) };
}

/** One container, by id or name. Starting what runs and stopping what does not are no errors. */
export class Container {
  readonly id: string;
  readonly #connection: Connection;

  constructor(connection: Connection, id: string) {
    this.#connection = connection;
    this.id = id;
  }

  async inspect(options: Docker.ContainerInspectOptions = {}): Promise<Docker.ContainerInspectInfo> {
    return this.#connection.json({ method: 'GET', path: this.#path('json'), ...options });
  }

  async start(options: Docker.ContainerStartOptions = {}): Promise<void> {
    await this.#post('start', options);
  }

  async stop(options: StopOptions = {}): Promise<void> {
    await this.#post('stop', options);
  }

  async restart(options: StopOptions = {}): Promise<void> {
    await this.#post('restart', options);
  }

  async kill(options: Abortable & { readonly signal?: string | undefined } = {}): Promise<void> {
    await this.#post('kill', options);
  }

  async pause(options: Abortable = {}): Promise<void> {
    await this.#post('pause', options);
  }

  async unpause(options: Abortable = {}): Promise<void> {
    await this.#post('unpause', options);
  }

  /** Its processes, as `ps` on the host lists them. */
  async top(
    options: Abortable & { readonly ps_args?: string } = {},
  ): Promise<{ Titles: string[]; Processes: string[][] }> {
    const { abortSignal, ...query } = options;
    return this.#connection.json({ method: 'GET', path: this.#path('top'), query, abortSignal });
  }

  async rename(options: Abortable & { readonly name: string }): Promise<void> {
    await this.#post('rename', options);
  }

  async remove(options: Docker.ContainerRemoveOptions & Abortable = {}): Promise<void> {
    const { abortSignal, ...query } = options;
    await this.#connection.text({ method: 'DELETE', path: `/containers/${this.#name}`, query, abortSignal });
  }

  /** Resolves when the condition holds, with the exit code. */
  async wait(options: WaitOptions = {}): Promise<WaitResult> {
    const { abortSignal, ...query } = options;
    return this.#connection.json({ method: 'POST', path: this.#path('wait'), query, abortSignal });
  }

  /** Framed (see `demux`) unless the container has a TTY: with `follow` as it comes, otherwise all there is. */
  logs(options: Docker.ContainerLogsOptions & { readonly follow: true }): Promise<IncomingMessage>;
  logs(options?: Docker.ContainerLogsOptions & { readonly follow?: false }): Promise<Buffer>;
  async logs(options: Docker.ContainerLogsOptions = {}): Promise<IncomingMessage | Buffer> {
    const { abortSignal, ...query } = options;
    const request = { method: 'GET', path: this.#path('logs'), query, abortSignal } as const;
    return options.follow ? this.#connection.stream(request) : this.#connection.bytes(request);
  }

  /**
   * Joins its first process: stdin one way, the output the other, framed (see `demux`) unless it has a TTY. Ending the
   * stream ends stdin.
   */
  async attach(options: {
    readonly stdin: boolean;
    readonly stdout: boolean;
    readonly stderr: boolean;
    readonly stream: boolean;
    readonly logs?: boolean;
  }): Promise<Duplex> {
    return this.#connection.upgrade({ method: 'POST', path: this.#path('attach'), query: { ...options } });
  }

  /** What stands at a path of it, as the engine's header has it. Throws the engine's error 404 when nothing does. */
  async pathStat(path: string): Promise<PathStat> {
    const answer = await this.#connection.stream({
      method: 'HEAD',
      path: this.#path('archive'),
      query: { path },
    });
    answer.resume();
    return statIn(answer);
  }

  /** A tar of all its files, without what is mounted into it. */
  async export(options: Abortable = {}): Promise<IncomingMessage> {
    return this.#connection.stream({ method: 'GET', path: this.#path('export'), ...options });
  }

  /** Makes an image of it. */
  async commit(options: {
    readonly repo?: string;
    readonly tag?: string;
    readonly author?: string;
    readonly comment?: string;
    /** Lines of a Dockerfile, joined by line breaks. */
    readonly changes?: string;
    readonly pause?: boolean;
  }): Promise<{ Id: string }> {
    const query = { container: this.id, ...options };
    return this.#connection.json({ method: 'POST', path: '/commit', query });
  }

  /** What it uses: JSON lines, one a second, or with `stream: false` a single one. */
  async stats(options: Abortable & { readonly stream?: boolean } = {}): Promise<IncomingMessage> {
    const { abortSignal, ...query } = options;
    return this.#connection.stream({ method: 'GET', path: this.#path('stats'), query, abortSignal });
  }

  async resize(options: { readonly h: number; readonly w: number }): Promise<void> {
    await this.#post('resize', options);
  }

  async exec(options: Docker.ExecCreateOptions): Promise<Exec> {
    const { abortSignal, ...body } = options;
    const request = { method: 'POST', path: this.#path('exec'), body, abortSignal } as const;
    const { Id } = await this.#connection.json<{ Id: string }>(request);
    return new Exec(this.#connection, Id);
  }

  /** A tar of what stands at a path of the container, running or not. */
  async getArchive(options: Abortable & { readonly path: string }): Promise<IncomingMessage> {
    const { abortSignal, ...query } = options;
    return this.#connection.stream({ method: 'GET', path: this.#path('archive'), query, abortSignal });
  }

  /** Unpacks a tar into a folder of the container, running or not. */
  async putArchive(
    archive: NodeJS.ReadableStream,
    options: Abortable & { readonly path: string },
  ): Promise<void> {
    const { abortSignal, ...query } = options;
    const request = { method: 'PUT', path: this.#path('archive'), query, abortSignal } as const;
    await this.#connection.text({ ...request, stream: archive });
  }

  get #name(): string {
    return encodeURIComponent(this.id);
  }

  #path(action: string): string {
    return `/containers/${this.#name}/${action}`;
  }

  async #post(action: string, options: Abortable & object): Promise<void> {
    const { abortSignal, ...query } = options;
    await this.#connection.text({
      method: 'POST',
      path: this.#path(action),
      query: { ...query },
      abortSignal,
    });
  }
}
