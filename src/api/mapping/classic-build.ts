import type { BuildEvent } from '../../model/build.ts';

/** Puts the events of a build into the words of Docker's classic builder. */
export class ClassicBuild {
  readonly #quiet: boolean;
  #step = '';

  constructor(options: { quiet: boolean }) {
    this.#quiet = options.quiet;
  }

  lines(event: BuildEvent): object[] {
    switch (event.type) {
      case 'step':
        this.#step = event.text;
        return this.#said(`Step ${event.number}/${event.total} : ${event.text}\n`);
      case 'cached':
        return this.#said(' ---> Using cache\n');
      case 'output':
        return this.#said(`${event.text}\n`);
      case 'built':
        return this.#built(event);
      case 'failed':
        return [this.#failure(event.error.message)];
    }
  }

  #said(stream: string): object[] {
    return this.#quiet ? [] : [{ stream }];
  }

  #built({ id, tags }: Extract<BuildEvent, { type: 'built' }>): object[] {
    if (this.#quiet) return [{ stream: `${id}\n` }];
    const short = id.replace(/^sha256:/, '').slice(0, 12);
    return [
      { aux: { ID: id } },
      { stream: ` ---> ${short}\n` },
      { stream: `Successfully built ${short}\n` },
      ...tags.map((tag) => ({ stream: `Successfully tagged ${tag}\n` })),
    ];
  }

  /** Clients look for the words about a command that failed. */
  #failure(message: string): object {
    const code = /exit status (\d+)$/.exec(message)?.[1];
    const command = /^RUN (?:--\S+ )*([\s\S]*)$/.exec(this.#step)?.[1];
    if (code === undefined || command === undefined) return { errorDetail: { message }, error: message };
    const text = `The command '/bin/sh -c ${command}' returned a non-zero code: ${code}`;
    return { errorDetail: { code: Number(code), message: text }, error: text };
  }
}
