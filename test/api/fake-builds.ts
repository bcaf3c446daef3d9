import type { BuildApi, BuildOptions, CommitRequest } from '../../src/engine/engine-api.ts';
import type { BuildAssessment, BuildEvent, BuildRequest } from '../../src/model/build.ts';
import type { BerthError } from '../../src/model/errors.ts';
import type { ImageRecord } from '../../src/model/image.ts';
import { imageRecord } from './records.ts';

/** Says what it is told to say, and builds nothing. */
export class FakeBuilds implements BuildApi {
  readonly requests: BuildRequest[] = [];
  events: readonly BuildEvent[] = [];
  failure: BerthError | undefined;
  readonly commits: (CommitRequest & { idOrName: string })[] = [];
  released = 0;
  bytes = 0;

  build(request: BuildRequest, { tell }: BuildOptions): Promise<ImageRecord> {
    this.requests.push(request);
    for (const event of this.events) tell(event);
    return this.failure ? Promise.reject(this.failure) : Promise.resolve(imageRecord('built:latest'));
  }

  assess(requests: readonly BuildRequest[]): readonly BuildAssessment[] {
    return requests.map(() => ({ fate: 'changed', reason: 'context changed: a', imageId: 'sha256:1' }));
  }

  async stageContext(
    source: AsyncIterable<Uint8Array>,
  ): Promise<{ path: string; release: () => Promise<void> }> {
    for await (const chunk of source) this.bytes += chunk.length;
    return {
      path: '/staged',
      release: async () => {
        this.released += 1;
      },
    };
  }

  prune(): Promise<number> {
    return Promise.resolve(5);
  }

  commit(idOrName: string, request: CommitRequest): Promise<string> {
    this.commits.push({ idOrName, ...request });
    return Promise.resolve('sha256:made');
  }

  changes(): ReturnType<BuildApi['changes']> {
    return [
      { path: '/etc', kind: 'changed' },
      { path: '/etc/new', kind: 'added' },
      { path: '/gone', kind: 'deleted' },
    ];
  }
}
