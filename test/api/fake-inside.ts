import { PassThrough, Readable } from 'node:stream';
import type {
  AttachOptions,
  AttachSession,
  ContainerChange,
  EngineApi,
  FileChange,
  FileChangeResult,
  LogChunk,
  PathFacts,
  ProcessTable,
  TakeArchive,
  UsageSample,
} from '../../src/engine/engine-api.ts';
import type { ContainerRecord } from '../../src/model/container.ts';

/** The part of the fake engine that looks into containers: streams, use, processes, files. */
export abstract class FakeInside {
  holds = 0;
  stopped = false;
  readonly closedLeases: string[] = [];
  readonly leases: EngineApi['leases'] = {
    open: async () => ({ lease: 'l1', stack: 's1', maker: true }),
    ready: () => undefined,
    setFaults: async () => undefined,
    close: async (lease) => void this.closedLeases.push(lease),
  };
  knowDefaultBridge = (): void => undefined;
  readonly givenFiles: { readonly target: string; readonly content: Buffer }[] = [];

  giveFiles(_container: string, files: readonly { target: string; content: Buffer }[]): void {
    this.givenFiles.push(...files);
  }

  readonly calls: string[] = [];
  samples: UsageSample[] = [];
  onAttach: (options: AttachOptions, stdin: PassThrough | undefined) => AsyncIterable<LogChunk> = () =>
    Readable.from([]);

  abstract findContainer(idOrName: string): ContainerRecord;

  attachContainer(idOrName: string, options: AttachOptions): AttachSession {
    const { spec } = this.findContainer(idOrName);
    const stdin = options.stdin && spec.openStdin ? new PassThrough() : undefined;
    return { tty: spec.tty, stdin, output: this.onAttach(options, stdin) };
  }

  resizeContainer(idOrName: string, rows: number, columns: number): void {
    this.calls.push(`resize ${this.findContainer(idOrName).spec.name} ${String(rows)} ${String(columns)}`);
  }

  async *sampleUsage(): AsyncGenerator<UsageSample, void> {
    yield* this.samples;
  }

  async listProcesses(_idOrName: string, psArguments: readonly string[]): Promise<ProcessTable> {
    return { titles: ['PID', 'CMD'], rows: [['1', psArguments.join(' ')]] };
  }

  async updateContainer(idOrName: string, change: ContainerChange): Promise<void> {
    this.calls.push(`update ${this.findContainer(idOrName).spec.name} ${JSON.stringify(change)}`);
  }

  async statPath(_idOrName: string, path: string): Promise<PathFacts> {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return { name, kind: 'file', sizeBytes: 3, mode: 0o4644, modifiedNs: 1_000_000_000n, linkTarget: '' };
  }

  async readArchive(idOrName: string, { path, take }: { path: string; take: TakeArchive }): Promise<void> {
    await take(
      await this.statPath(idOrName, path),
      Readable.from([Buffer.from('tar of '), Buffer.from(path)]),
    );
  }

  async writeArchive(
    _idOrName: string,
    request: { path: string; source: AsyncIterable<Uint8Array>; keepKinds: boolean },
  ): Promise<void> {
    let size = 0;
    for await (const data of request.source) size += data.length;
    this.calls.push(`unpack ${request.path} ${String(size)} ${String(request.keepKinds)}`);
  }

  async exportRootfs(_idOrName: string, take: (tar: AsyncIterable<Buffer>) => Promise<void>): Promise<void> {
    await take(Readable.from([Buffer.from('all')]));
  }

  fileChanges: readonly FileChange[] = [];

  async changeFiles(_id: string, changes: readonly FileChange[]): Promise<FileChangeResult> {
    this.fileChanges = changes;
    return { written: changes.length, same: 0, removed: 0, absent: 0, failures: [] };
  }
}
