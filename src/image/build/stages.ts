import { ownPlatform } from '../archive-images.ts';
import type { Dockerfile, Instruction } from './dockerfile.ts';
import { dockerfileInvalid, platformForeign, stageUnknown } from './errors.ts';
import { assignments, expand, type Variables } from './variables.ts';

/** A stage of a Dockerfile: FROM and what follows it. */
export interface Stage {
  readonly index: number;
  /** In lower case; empty: none. */
  readonly name: string;
  readonly from: Instruction;
  /** What it begins with: another stage, an image, a named context, or nothing. */
  readonly base: Source;
  readonly instructions: readonly Instruction[];
}

/** Where files come from. */
export type Source =
  | { readonly kind: 'stage'; readonly index: number }
  | { readonly kind: 'image'; readonly reference: string; readonly line: number }
  | { readonly kind: 'context'; readonly name: string }
  | { readonly kind: 'scratch' };

export interface StagePlan {
  /** `ARG` before the first FROM. */
  readonly globals: readonly Instruction[];
  readonly stages: readonly Stage[];
  /** The stages that the target needs, in the order of the file. */
  readonly needed: readonly Stage[];
  /** Values of the global arguments. */
  readonly variables: Variables;
  /** What a name after `--from=` or `from=` stands for. */
  readonly sourceOf: (name: string, line: number) => Source;
}

export interface StageOptions {
  readonly args: Variables;
  /** Empty: the last stage. */
  readonly target: string;
  /** Names of further contexts: they win over images of the same name. */
  readonly contexts: readonly string[];
}

/** Finds the stages, what each begins with, and which of them the target needs. Throws EngineError. */
export function planStages(file: Dockerfile, options: StageOptions): StagePlan {
  const firstFrom = file.instructions.findIndex(({ keyword }) => keyword === 'FROM');
  const [first] = file.instructions;
  if (firstFrom < 0)
    throw dockerfileInvalid('no build stage: there is no FROM', first?.line ?? 1, file.lines);
  const globals = file.instructions.slice(0, firstFrom);
  const stray = globals.find(({ keyword }) => keyword !== 'ARG');
  if (stray) throw dockerfileInvalid('only ARG may stand before the first FROM', stray.line, file.lines);
  const variables = globalVariables(globals, options.args);
  const stages: Stage[] = [];
  const resolve = (name: string, line: number): Source => sourceOf({ name, line, stages, options });
  for (const instruction of file.instructions.slice(firstFrom)) {
    if (instruction.keyword === 'FROM')
      stages.push(openStage(file, { instruction, stages, variables, resolve }));
    else (stages.at(-1)?.instructions as Instruction[] | undefined)?.push(instruction);
  }
  const target = targetOf(stages, options.target);
  return { globals, stages, needed: neededFor(target, stages, resolve), variables, sourceOf: resolve };
}

/** `--from=x` of COPY and ADD, and `from=x` of every `--mount` of RUN. */
export function fromNames({ keyword, flags }: Instruction): string[] {
  if (keyword === 'COPY' || keyword === 'ADD')
    return flags.filter((flag) => flag.startsWith('--from=')).map((flag) => flag.slice('--from='.length));
  if (keyword !== 'RUN') return [];
  return flags
    .filter((flag) => flag.startsWith('--mount='))
    .flatMap((flag) => flag.slice('--mount='.length).split(','))
    .filter((part) => part.startsWith('from='))
    .map((part) => part.slice('from='.length));
}

function globalVariables(globals: readonly Instruction[], args: Variables): Variables {
  const own = ownPlatform();
  const [os = '', architecture = ''] = own.split('/');
  const variables: Record<string, string> = {};
  for (const side of ['BUILD', 'TARGET']) {
    Object.assign(variables, {
      [`${side}PLATFORM`]: own,
      [`${side}OS`]: os,
      [`${side}ARCH`]: architecture,
      [`${side}VARIANT`]: '',
    });
  }
  for (const { rest } of globals) {
    for (const [name, value] of assignments(rest)) {
      const known = args[name] ?? (value === undefined ? undefined : expand(value, variables));
      if (known !== undefined) variables[name] = known;
    }
  }
  return variables;
}

function openStage(
  file: Dockerfile,
  at: {
    instruction: Instruction;
    stages: readonly Stage[];
    variables: Variables;
    resolve: (name: string, line: number) => Source;
  },
): Stage {
  const { instruction, variables } = at;
  const match = /^(\S+)(?:\s+[Aa][Ss]\s+(\S+))?$/.exec(instruction.rest.trim());
  if (!match) throw dockerfileInvalid('write FROM <image> [AS <name>]', instruction.line, file.lines);
  for (const flag of instruction.flags) checkPlatform(expand(flag, variables));
  const base = expand(match[1] ?? '', variables, file.escape).replace(/^(["'])(.*)\1$/, '$2');
  if (base === '') {
    throw dockerfileInvalid(
      `base name (${match[1] ?? ''}) should not be blank`,
      instruction.line,
      file.lines,
    );
  }
  return {
    index: at.stages.length,
    name: (match[2] ?? '').toLowerCase(),
    from: instruction,
    base: base === 'scratch' ? { kind: 'scratch' } : at.resolve(base, instruction.line),
    instructions: [],
  };
}

function checkPlatform(flag: string): void {
  const platform = /^--platform=(.*)$/.exec(flag)?.[1] ?? '';
  const own = ownPlatform();
  if (platform !== '' && platform !== own && !platform.startsWith(`${own}/`))
    throw platformForeign(platform, own);
}

/** Names of stages are the nearest earlier ones; for `--from` a number is one too. */
function sourceOf(about: {
  name: string;
  line: number;
  stages: readonly Stage[];
  options: StageOptions;
}): Source {
  const { name, line, stages, options } = about;
  const context = options.contexts.find((one) => one.toLowerCase() === name.toLowerCase());
  if (context !== undefined) return { kind: 'context', name: context };
  const named = stages.findLast((stage) => stage.name !== '' && stage.name === name.toLowerCase());
  if (named) return { kind: 'stage', index: named.index };
  if (/^\d+$/.test(name) && Number(name) < stages.length) return { kind: 'stage', index: Number(name) };
  return name === 'scratch' ? { kind: 'scratch' } : { kind: 'image', reference: name, line };
}

function targetOf(stages: readonly Stage[], target: string): Stage {
  const last = stages.at(-1);
  const found =
    target === ''
      ? last
      : (stages.find(({ name }) => name === target.toLowerCase()) ??
        (/^\d+$/.test(target) ? stages[Number(target)] : undefined));
  if (found) return found;
  throw stageUnknown(
    target,
    stages.map(({ name }) => name),
  );
}

function neededFor(
  target: Stage,
  stages: readonly Stage[],
  resolve: (name: string, line: number) => Source,
): Stage[] {
  const wanted = new Set<number>();
  const visit = (stage: Stage | undefined): void => {
    if (!stage || wanted.has(stage.index)) return;
    wanted.add(stage.index);
    const sources = stage.instructions.flatMap((one) =>
      fromNames(one).map((name) => resolve(name, one.line)),
    );
    for (const source of [stage.base, ...sources]) if (source.kind === 'stage') visit(stages[source.index]);
  };
  visit(target);
  return stages.filter(({ index }) => wanted.has(index));
}
