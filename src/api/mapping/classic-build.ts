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
        return this.#said(`${inDockersWords(event.text)}\n`);
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

  /** Clients look for the words about a command that failed, and about files that are not there. */
  #failure(message: string): object {
    const code = /exit status (\d+)$/.exec(message)?.[1];
    const command = /^RUN (?:--\S+ )*([\s\S]*)$/.exec(this.#step)?.[1];
    if (code !== undefined && command !== undefined) {
      const text = `The command '${commandLine(command)}' returned a non-zero code: ${code}`;
      return { errorDetail: { code: Number(code), message: text }, error: text };
    }
    const text = missingFile(this.#step, message) ?? message;
    return { errorDetail: { message: text }, error: text };
  }
}

/** The shell form, or the words of the other one. */
function commandLine(command: string): string {
  try {
    const words: unknown = JSON.parse(command);
    if (Array.isArray(words)) return words.join(' ');
  } catch {
    // The shell form.
  }
  return `/bin/sh -c ${command}`;
}

function missingFile(step: string, message: string): string | undefined {
  const [, keyword, source] = /^(ADD|COPY) (?:--\S+ )*(\S+)/.exec(step) ?? [];
  if (keyword === undefined || source === undefined || !/no such file or directory$/.test(message))
    return undefined;
  return `${keyword} failed: file not found in build context or excluded by .dockerignore: stat ${source}: file does not exist`;
}

function inDockersWords(line: string): string {
  const unused = /^\[Warning\] one or more build args were not consumed: (\[.*\])$/.exec(line)?.[1];
  return unused === undefined ? line : `[Warning] One or more build-args ${unused} were not consumed`;
}
