import { describe, expect, test } from 'vitest';
import { parseDockerfile } from '../../../src/image/build/dockerfile.ts';
import { rewrite } from '../../../src/image/build/rewrite.ts';
import { planStages } from '../../../src/image/build/stages.ts';
import { expand } from '../../../src/image/build/variables.ts';

const lines = (...text: string[]): string => text.join('\n');

describe('reading a Dockerfile', () => {
  test('an instruction goes over continued lines, without the comments between them', () => {
    const { instructions } = parseDockerfile(
      lines('# top', 'FROM a', 'RUN one \\', '  # why', '  two', 'CMD x'),
    );
    expect(instructions.map(({ keyword, line, endLine }) => [keyword, line, endLine])).toEqual([
      ['FROM', 2, 2],
      ['RUN', 3, 5],
      ['CMD', 6, 6],
    ]);
    expect(instructions[1]?.rest).toBe('one   two');
  });

  test('flags stand apart from what follows them', () => {
    const [, copy] = parseDockerfile(lines('FROM a', 'COPY --from=b --chmod=755 x y')).instructions;
    expect(copy).toMatchObject({ flags: ['--from=b', '--chmod=755'], rest: 'x y' });
  });

  test('a heredoc ends at its name, and a quoted name keeps variables as they are', () => {
    const [, run, copy] = parseDockerfile(
      lines('FROM a', 'RUN <<-EOF', '\techo 1', '\tEOF', "COPY <<'X' /x", '$A', 'X'),
    ).instructions;
    expect(run?.heredocs).toEqual([{ name: 'EOF', content: 'echo 1\n', expands: true }]);
    expect(copy?.heredocs).toEqual([{ name: 'X', content: '$A\n', expands: false }]);
  });

  test('a shift or a here-string is no heredoc', () => {
    const [, run] = parseDockerfile(lines('FROM a', 'RUN echo $((1<<2)) && cat <<<word')).instructions;
    expect(run?.heredocs).toEqual([]);
  });

  test.each([
    ['FROM a\nFORM b', 'unknown instruction: FORM'],
    ['FROM a\nRUN', 'RUN requires at least one argument'],
    ['# nothing', 'the file has no instruction'],
    ['FROM a\nRUN <<EOF\nx', 'the heredoc EOF has no end'],
  ])('refuses %j', (text, message) => {
    expect(() => parseDockerfile(text)).toThrow(message);
  });
});

describe('variables', () => {
  const known = { A: 'one', EMPTY: '' };
  test.each([
    ['$A-x', 'one-x'],
    ['${B:-${A}}', 'one'],
    ['${EMPTY:-d}${EMPTY-d}', 'd'],
    ['${A:+yes}${B:+no}', 'yes'],
    ['\\$A', '$A'],
  ])('%s is %s', (text, value) => expect(expand(text, known)).toBe(value));
});

const plan = (text: string, options: Partial<Parameters<typeof planStages>[1]> = {}) =>
  planStages(parseDockerfile(text), { args: {}, target: '', contexts: [], ...options });

const THREE = lines(
  'ARG V=1',
  'FROM base:$V AS deps',
  'RUN a',
  'FROM scratch AS unused',
  'COPY x y',
  'FROM scratch AS final',
  'COPY --from=deps /a /b',
  'COPY --from=other:2 /a /b',
);

describe('stages', () => {
  test('only those that the target needs count', () => {
    expect(plan(THREE).needed.map(({ name }) => name)).toEqual(['deps', 'final']);
    expect(plan(THREE, { target: 'unused' }).needed.map(({ name }) => name)).toEqual(['unused']);
  });

  test('an argument changes the image of FROM', () => {
    expect(plan(THREE, { args: { V: '9' } }).stages[0]?.base).toMatchObject({ reference: 'base:9' });
  });

  test('a context wins over an image of its name', () => {
    expect(plan('FROM base', { contexts: ['base'] }).stages[0]?.base).toEqual({
      kind: 'context',
      name: 'base',
    });
  });

  test('an unknown target, another platform, and an instruction before FROM are refused', () => {
    expect(() => plan(THREE, { target: 'nope' })).toThrow('failed to reach build target nope');
    expect(() => plan('FROM --platform=linux/s390x a')).toThrow('cannot be built on');
    expect(() => plan('RUN x\nFROM a')).toThrow('only ARG may stand before the first FROM');
  });
});

describe('the Dockerfile for buildah', () => {
  const rewritten = (
    text: string,
    options: { noCacheFilter?: string[]; labels?: Record<string, string> } = {},
  ) =>
    rewrite(parseDockerfile(text), plan(text), {
      imageId: (reference) => `id-of-${reference}`,
      triggers: (reference) => (reference === 'base:later' ? ['RUN first'] : []),
      imageContexts: new Map(),
      labels: {},
      noCacheFilter: [],
      args: {},
      nonce: 'n',
      ...options,
    });

  test('counts what the image of FROM wants done first, which buildah does of itself', () => {
    const { text, steps } = rewritten('FROM base:later\nRUN b');
    expect(text).toBe(lines('FROM id-of-base:later AS berth-stage-0', 'RUN b', ''));
    expect(steps[0]?.map((step) => `${step?.number}/${step?.total} ${step?.text} :${step?.line}`)).toEqual([
      '1/3 FROM base:later :1',
      '2/3 ONBUILD RUN first :1',
      '3/3 RUN b :2',
    ]);
  });

  test('names stages by number and images by id, and leaves out what is not needed', () => {
    expect(rewritten(THREE).text).toBe(
      lines(
        'ARG V=1',
        'FROM id-of-base:1 AS berth-stage-0',
        'RUN a',
        'FROM scratch AS berth-stage-2',
        'COPY --from=berth-stage-0 /a /b',
        'COPY --from=id-of-other:2 /a /b',
        '',
      ),
    );
  });

  test('knows which line of the file each step is', () => {
    const steps = rewritten(THREE).steps.map((stage) => stage.map((step) => [step?.number, step?.line]));
    expect(steps).toEqual([
      [
        [1, 2],
        [2, 3],
      ],
      [
        [3, 6],
        [4, 7],
        [5, 8],
      ],
    ]);
  });

  test('a heredoc becomes the argument of the shell, or a file to copy', () => {
    const { text, files } = rewritten(lines('FROM scratch', 'RUN <<E', 'a', 'b', 'E'));
    expect(text).toContain('RUN ["/bin/sh","-c","a\\nb"]');
    expect(files.size).toBe(0);
    const copied = rewritten(lines('FROM scratch', 'COPY <<f /y', 'c', 'f'));
    expect(copied.text).toContain('COPY --from=berth-heredocs 0/f /y');
    expect([...copied.files]).toEqual([['0/f', 'c\n']]);
  });

  test('labels and uncached stages are steps that nobody is told of', () => {
    const { text, steps } = rewritten('FROM scratch AS a', { noCacheFilter: ['a'], labels: { k: '$v "q"' } });
    expect(text).toContain('ARG BERTH_NO_CACHE=n');
    expect(text).toContain('LABEL "k"="\\$v \\"q\\""');
    expect(steps[0]?.map((step) => step?.text)).toEqual(['FROM scratch AS a', undefined, undefined]);
  });

  test('--link goes, and a flag that buildah does not know is refused', () => {
    expect(rewritten('FROM scratch\nCOPY --link a b').text).toContain('COPY a b');
    expect(() => rewritten('FROM scratch\nCOPY --parents a b')).toThrow('COPY --parents');
  });
});
