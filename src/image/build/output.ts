import type { BuildEvent } from '../../model/build.ts';
import type { BuildStep, Rewritten } from './rewrite.ts';

/** Understands what `buildah build` prints, line by line. */
export class BuildOutput {
  readonly #steps: Rewritten['steps'];
  readonly #tell: (event: BuildEvent) => void;
  readonly #tail: string[] = [];
  /** From the line with the error on. */
  #error = '';
  /** What is yet to be printed of the name of the step. */
  #echo: string[] = [];
  #current: BuildStep | undefined;
  #cached = 0;
  /** The step that runs is one of the file's. */
  #isVisible = false;
  /** Stage and step that were opened last. */
  #at: readonly [stage: number, index: number] = [0, -1];

  constructor(steps: Rewritten['steps'], tell: (event: BuildEvent) => void) {
    this.#steps = steps;
    this.#tell = tell;
  }

  /** The step that runs, or ran last. */
  get current(): BuildStep | undefined {
    return this.#current;
  }

  get cachedSteps(): number {
    return this.#cached;
  }

  /** Why it failed, in buildah's words. */
  get reason(): string {
    return reasonIn(this.#error);
  }

  /** The last lines that the step printed. */
  get tail(): readonly string[] {
    return this.#tail;
  }

  line(line: string): void {
    const step = /(?:\[(\d+)\/\d+\] )?STEP (\d+)\/\d+: [A-Z]+ /.exec(line);
    const stage = Number(step?.[1] ?? '1') - 1;
    const index = Number(step?.[2] ?? '0') - 1;
    if (step && this.#isNext(stage, index)) {
      // What a command writes without a line break at its end stands before it on the same line.
      if (step.index > 0) this.#output(line.slice(0, step.index));
      this.#open(stage, index);
    } else if (this.#isEcho(line)) this.#echo.shift();
    else if (line.startsWith('--> Using cache')) this.#hit();
    else if (line.startsWith('Error: ')) this.#error = line;
    else if (this.#error !== '') this.#error += `\n${line}`;
    else if (!NOISE.test(line)) this.#output(line);
  }

  /** A script of several lines is printed with the name of its step, and again with its error. */
  #isEcho(line: string): boolean {
    return this.#echo.length > 0 && this.#echo[0] === line;
  }

  /** Steps come in order, so that nothing a command prints passes for one. */
  #isNext(stage: number, index: number): boolean {
    if (!(index in (this.#steps[stage] ?? []))) return false;
    const [lastStage, lastIndex] = this.#at;
    return stage === lastStage ? index === lastIndex + 1 : stage === lastStage + 1 && index === 0;
  }

  #open(stage: number, index: number): void {
    this.#at = [stage, index];
    const step = this.#steps[stage]?.[index];
    this.#isVisible = step !== undefined;
    if (!step) return;
    this.#current = step;
    this.#tail.length = 0;
    this.#echo = [...step.echoed];
    this.#tell({
      type: 'step',
      stage: step.stage,
      number: step.number,
      total: step.total,
      text: step.text,
      line: step.line,
    });
  }

  #hit(): void {
    if (!this.#isVisible) return;
    this.#cached += 1;
    this.#tell({ type: 'cached' });
  }

  #output(text: string): void {
    this.#tail.push(text);
    if (this.#tail.length > TAIL_LINES) this.#tail.shift();
    this.#tell({ type: 'output', text });
  }
}

const TAIL_LINES = 20;

/** What buildah says of itself. */
const NOISE =
  /^(?:\[\d+\/\d+\] )?(?:--> |COMMIT\b|Successfully tagged |subprocess exited with status|Getting image source|Copying (?:blob|config) |Writing manifest|Storing signatures|[0-9a-f]{64}$|time="[^"]*" level=)/;

/** `Error: building at STEP "RUN false": while running runtime: exit status 1` → `exit status 1`. */
function reasonIn(line: string): string {
  const text = line.slice('Error: '.length).replace(/^(?:error )?building at STEP "[\s\S]*": /, '');
  return text.replace(/^(?:error )?while running runtime: /, '');
}
