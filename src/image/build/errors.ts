import { BerthError, EngineError } from '../../model/errors.ts';

/** A mistake in a Dockerfile, with the lines around it. */
export function dockerfileInvalid(message: string, line: number, lines: readonly string[]): EngineError {
  return new EngineError(400, 'DOCKERFILE_INVALID', `dockerfile parse error on line ${line}: ${message}`, {
    frame: frameOf(lines, { line, endLine: line }),
    hint: 'See https://docs.docker.com/reference/dockerfile/ for what may stand there.',
  });
}

export function dockerfileMissing(path: string): EngineError {
  return new EngineError(400, 'DOCKERFILE_MISSING', `there is no Dockerfile at ${path}`, {
    hint: 'Name it with `build.dockerfile` (docker build -f), relative to the build context.',
  });
}

export function contextMissing(path: string): EngineError {
  return new EngineError(400, 'BUILD_CONTEXT_MISSING', `the build context ${path} is not a folder`, {
    hint: 'Correct `build.context`; it is relative to the compose file.',
  });
}

export function contextRemote(address: string): EngineError {
  return new EngineError(
    400,
    'BUILD_CONTEXT_REMOTE',
    `the build context ${address} is not on this machine, and contexts are not fetched`,
    { hint: 'Clone or unpack it first, and name the folder: git clone … && berth build' },
  );
}

export function stageUnknown(name: string, names: readonly string[]): EngineError {
  const known = names.filter((one) => one !== '');
  return new EngineError(400, 'BUILD_STAGE_UNKNOWN', `failed to reach build target ${name} in Dockerfile`, {
    hint: known.length > 0 ? `Its stages: ${known.join(', ')}.` : 'None of its stages has a name.',
  });
}

export function baseMissing(about: {
  reference: string;
  line: number;
  lines: readonly string[];
  cause?: unknown;
}): EngineError {
  const { reference, line, lines, cause } = about;
  const text = `the image ${reference} of line ${line} is not in the store, and cannot be fetched`;
  return new EngineError(404, 'BUILD_BASE_MISSING', text, {
    frame: frameOf(lines, { line, endLine: line }),
    notes: cause instanceof Error ? [`the registry: ${cause.message}`] : [],
    hint: cause instanceof BerthError && cause.code === 'REGISTRY_UNAUTHORIZED' ? cause.hint : BRING_IN,
    cause,
  });
}

const BRING_IN = `Bring it in: berth image load -i <archive>. FROM scratch and FROM berth/host, this machine's own root filesystem, are always there.`;

export function platformForeign(platform: string, own: string): EngineError {
  return new EngineError(400, 'BUILD_PLATFORM', `images for ${platform} cannot be built on ${own}`, {
    hint: `Leave \`platforms\` out, or name ${own} only: there is no emulation.`,
  });
}

export function instructionUnsupported(what: string, line: number, lines: readonly string[]): EngineError {
  return new EngineError(400, 'DOCKERFILE_UNSUPPORTED', `${what} (line ${line}) is not known to buildah`, {
    frame: frameOf(lines, { line, endLine: line }),
    hint: 'Write it without; docs/builds.md lists what Dockerfiles may use.',
  });
}

export function buildFailed(about: {
  reason: string;
  instruction: { text: string; line: number; endLine: number } | undefined;
  file: string;
  lines: readonly string[];
  output: readonly string[];
}): EngineError {
  const { instruction, file, lines, output, reason } = about;
  const at = instruction === undefined ? '' : ` at ${instruction.text}`;
  return new EngineError(500, 'BUILD_FAILED', `the build failed${at}: ${reason}`, {
    ...(instruction && {
      at: { file, line: instruction.line, column: 1 },
      frame: frameOf(lines, instruction),
    }),
    notes: output.length > 0 ? ['last lines of its output:', ...output.map((line) => `  ${line}`)] : [],
  });
}

/** The lines of an instruction, numbered and marked, with two before it. */
export function frameOf(
  lines: readonly string[],
  { line, endLine }: { line: number; endLine: number },
): string {
  const last = Math.min(endLine, line + 7, lines.length);
  const gutter = String(last).length;
  const rows: string[] = [];
  for (let number = Math.max(1, line - 2); number <= last; number += 1) {
    const text = (lines[number - 1] ?? '')
      .slice(0, 120)
      .replace(/\t/g, ' ')
      .replace(/\p{Cc}/gu, '·');
    const mark = number >= line ? '>' : ' ';
    rows.push(`${mark} ${String(number).padStart(gutter)} | ${text}`.trimEnd());
  }
  return rows.join('\n');
}
