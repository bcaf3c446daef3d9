import { HEREDOC, type Dockerfile, type Instruction } from './dockerfile.ts';
import { instructionUnsupported } from './errors.ts';
import type { Source, Stage, StagePlan } from './stages.ts';
import { expand } from './variables.ts';

/** A Dockerfile in words that buildah knows, and what its steps are in the file as it was written. */
export interface Rewritten {
  readonly text: string;
  /** For each stage that is built, its steps in order; undefined for one that the file does not have. */
  readonly steps: readonly (readonly (BuildStep | undefined)[])[];
  /** Files for the context `HEREDOC_CONTEXT`, by path. */
  readonly files: ReadonlyMap<string, string>;
}

export interface BuildStep {
  readonly stage: string;
  readonly number: number;
  readonly total: number;
  readonly text: string;
  readonly line: number;
  readonly endLine: number;
  /** Further lines that buildah prints when it names the step. */
  readonly echoed: readonly string[];
}

export interface RewriteOptions {
  /** Id of the image of a reference, as the builder's own store has it. */
  readonly imageId: (reference: string) => string;
  /** Its ONBUILD instructions. */
  readonly triggers: (reference: string) => readonly string[];
  /** Contexts that stand for an image: name → reference. */
  readonly imageContexts: ReadonlyMap<string, string>;
  readonly labels: Readonly<Record<string, string>>;
  readonly noCacheFilter: readonly string[];
  readonly args: Readonly<Record<string, string>>;
  /** What no earlier build had. */
  readonly nonce: string;
}

export const HEREDOC_CONTEXT = 'berth-heredocs';

/**
 * Leaves only the stages that are needed, names each of them, puts ids in the place of image names, so that nothing
 * is looked for in a registry, and writes out what buildah does not know: heredocs and `--link`. Throws EngineError.
 */
export function rewrite(file: Dockerfile, plan: StagePlan, options: RewriteOptions): Rewritten {
  const files = new Map<string, string>();
  const out: string[] = [];
  if (file.escape !== '\\') out.push(`# escape=${file.escape}`);
  for (const { source } of plan.globals) out.push(source);
  const steps: (Omit<BuildStep, 'total'> | undefined)[][] = [];
  let total = 0;
  for (const stage of plan.needed) {
    const writer = new StageWriter({ file, plan, stage, options, files });
    const own: (Omit<BuildStep, 'total'> | undefined)[] = [];
    for (const { text, of } of writer.lines(stage === plan.needed.at(-1))) {
      if (text !== '') out.push(text);
      if (of) total += 1;
      own.push(of && { ...stepOf(stage, of), number: total });
    }
    steps.push(own);
  }
  const counted = steps.map((own) => own.map((step) => step && { ...step, total }));
  return { text: out.map((line) => `${line}\n`).join(''), steps: counted, files };
}

function stepOf(stage: Stage, of: Instruction): Omit<BuildStep, 'number' | 'total'> {
  const text = [of.keyword, ...of.flags, of.rest.replace(/\s+/g, ' ')].join(' ');
  const echoed = of.keyword === 'RUN' && of.heredocs.length > 0 ? scriptOf(of).split('\n').slice(1) : [];
  return { stage: stage.name, text, line: of.line, endLine: of.endLine, echoed };
}

interface Line {
  /** Empty for a step that buildah knows of itself. */
  readonly text: string;
  /** Undefined for a line of our own. */
  readonly of: Instruction | undefined;
}

class StageWriter {
  readonly #file: Dockerfile;
  readonly #plan: StagePlan;
  readonly #stage: Stage;
  readonly #options: RewriteOptions;
  readonly #files: Map<string, string>;
  #shell: readonly string[] = ['/bin/sh', '-c'];

  constructor(about: {
    file: Dockerfile;
    plan: StagePlan;
    stage: Stage;
    options: RewriteOptions;
    files: Map<string, string>;
  }) {
    this.#file = about.file;
    this.#plan = about.plan;
    this.#stage = about.stage;
    this.#options = about.options;
    this.#files = about.files;
  }

  lines(isTarget: boolean): Line[] {
    const { from, base, instructions, name, index } = this.#stage;
    const lines: Line[] = [{ text: `FROM ${this.#nameOf(base, from)} AS ${stageName(index)}`, of: from }];
    for (const trigger of this.#triggers(base)) {
      lines.push({ text: '', of: { ...from, keyword: 'ONBUILD', flags: [], rest: trigger } });
    }
    if (name !== '' && this.#options.noCacheFilter.some((one) => one.toLowerCase() === name)) {
      lines.push({ text: `ARG BERTH_NO_CACHE=${this.#options.nonce}`, of: undefined });
    }
    for (const instruction of instructions) {
      lines.push({ text: this.#instruction(instruction), of: instruction });
    }
    if (isTarget && Object.keys(this.#options.labels).length > 0) {
      lines.push({ text: labelLine(this.#options.labels, this.#file.escape), of: undefined });
    }
    return lines;
  }

  #triggers(base: Source): readonly string[] {
    const context = base.kind === 'context' ? this.#options.imageContexts.get(base.name) : undefined;
    const reference = base.kind === 'image' ? base.reference : context;
    return reference === undefined ? [] : this.#options.triggers(reference);
  }

  #nameOf(source: Source, at: Instruction): string {
    switch (source.kind) {
      case 'scratch':
        return 'scratch';
      case 'stage':
        return stageName(source.index);
      case 'image':
        return this.#options.imageId(source.reference);
      case 'context': {
        const reference = this.#options.imageContexts.get(source.name);
        if (reference !== undefined) return this.#options.imageId(reference);
        if (at.keyword !== 'FROM') return source.name;
        throw this.#unsupported('FROM a folder', at);
      }
    }
  }

  #instruction(instruction: Instruction): string {
    if (instruction.keyword === 'SHELL') this.#shell = shellOf(instruction.rest) ?? this.#shell;
    if (instruction.keyword === 'RUN') return this.#run(instruction);
    if (instruction.keyword === 'COPY' || instruction.keyword === 'ADD') return this.#copy(instruction);
    return instruction.source;
  }

  #run(instruction: Instruction): string {
    const flags = instruction.flags.flatMap((flag) => this.#runFlag(flag, instruction));
    if (instruction.heredocs.length === 0) return this.#plain(instruction, flags);
    const command = JSON.stringify([...this.#shell, scriptOf(instruction)]);
    return ['RUN', ...flags, command].join(' ');
  }

  #runFlag(flag: string, at: Instruction): string[] {
    if (flag === '--network=default' || flag === '--network=host' || flag === '--security=sandbox') return [];
    if (!flag.startsWith('--mount=')) throw this.#unsupported(`RUN ${flag}`, at);
    const parts = flag.slice('--mount='.length).split(',');
    const named = parts.map((part) =>
      part.startsWith('from=') ? `from=${this.#source(part.slice(5), at)}` : part,
    );
    return [`--mount=${named.join(',')}`];
  }

  #copy(instruction: Instruction): string {
    const flags = instruction.flags.flatMap((flag) => this.#copyFlag(flag, instruction));
    if (instruction.heredocs.length === 0) return this.#plain(instruction, flags);
    const paths = instruction.heredocs.map(({ name, content, expands }) => {
      const path = `${this.#files.size}/${name}`;
      const variables = { ...this.#plan.variables, ...this.#options.args };
      this.#files.set(path, expands ? expand(content, variables, this.#file.escape) : content);
      return path;
    });
    const others = instruction.rest.replace(HEREDOC, '').trim().split(/\s+/);
    if (others.length !== 1 || flags.some((flag) => flag.startsWith('--from=')))
      throw this.#unsupported('a heredoc beside other files', instruction);
    return ['COPY', `--from=${HEREDOC_CONTEXT}`, ...flags, ...paths, ...others].join(' ');
  }

  #copyFlag(flag: string, at: Instruction): string[] {
    if (/^--link(=|$)/.test(flag)) return [];
    if (flag.startsWith('--from=')) return [`--from=${this.#source(flag.slice('--from='.length), at)}`];
    if (/^--(chown|chmod)=/.test(flag)) return [flag];
    throw this.#unsupported(`${at.keyword} ${flag.split('=')[0] ?? ''}`, at);
  }

  #source(name: string, at: Instruction): string {
    return this.#nameOf(this.#plan.sourceOf(name, at.line), at);
  }

  /** As it was written, where no flag changed: its line breaks stay. */
  #plain(instruction: Instruction, flags: readonly string[]): string {
    if (flags.join(' ') === instruction.flags.join(' ')) return instruction.source;
    return [instruction.keyword, ...flags, instruction.rest].join(' ');
  }

  #unsupported(what: string, at: Instruction): Error {
    return instructionUnsupported(what, at.line, this.#file.lines);
  }
}

function stageName(index: number): string {
  return `berth-stage-${index}`;
}

/** `RUN <<EOF` alone is a script; with a command, the shell reads the heredoc itself. */
function scriptOf({ rest, heredocs }: Instruction): string {
  const [first] = heredocs;
  const isScript = heredocs.length === 1 && rest.replace(HEREDOC, '').trim() === '';
  if (isScript && first) {
    if (!first.content.startsWith('#!')) return first.content.replace(/\n$/, '');
    const end = `BERTH_${first.name}`;
    return `f=$(mktemp) && cat >"$f" <<'${end}'\n${first.content}${end}\nchmod 700 "$f"; "$f"; r=$?; rm -f "$f"; exit $r`;
  }
  const bodies = heredocs.map(({ name, content }) => `${content}${name}\n`).join('');
  return `${rest}\n${bodies}`.replace(/\n$/, '');
}

function shellOf(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.map(String) : undefined;
  } catch {
    return undefined;
  }
}

function labelLine(labels: Readonly<Record<string, string>>, escape: string): string {
  const quoted = (text: string): string =>
    `"${text.replace(/["\\$`]/g, (character) => (escape === '\\' ? `\\${character}` : character)).replace(/\r?\n/g, ' ')}"`;
  const pairs = Object.entries(labels).map(([name, value]) => `${quoted(name)}=${quoted(value)}`);
  return `LABEL ${pairs.join(' ')}`;
}
