import { describe, expect, test } from 'vitest';
import { BuildOutput } from '../../../src/image/build/output.ts';
import type { BuildStep } from '../../../src/image/build/rewrite.ts';
import type { BuildEvent } from '../../../src/model/build.ts';

const step = (number: number, text: string, echoed: readonly string[] = []): BuildStep => ({
  stage: '',
  number,
  total: 3,
  text,
  line: number,
  endLine: number,
  echoed,
});

function told(lines: readonly string[], steps = [[step(1, 'FROM a'), step(2, 'RUN x'), undefined]]) {
  const events: BuildEvent[] = [];
  const output = new BuildOutput(steps, (event) => events.push(event));
  lines.forEach((line) => output.line(line));
  const texts = events.map((event) =>
    event.type === 'step' || event.type === 'output' ? event.text : event.type,
  );
  return { output, texts };
}

describe('what buildah prints', () => {
  test('steps, output and the cache are told; what buildah says of itself is not', () => {
    const { texts, output } = told([
      'STEP 1/3: FROM 0123',
      'STEP 2/3: RUN x',
      '--> Using cache 0123',
      'hello',
      '--> 0123456',
      'COMMIT berth',
      'STEP 3/3: LABEL "a"="b"',
      '--> Using cache 0123',
      'f'.repeat(64),
    ]);
    expect(texts).toEqual(['FROM a', 'RUN x', 'cached', 'hello']);
    expect(output.cachedSteps).toBe(1);
  });

  test('output without a line break at its end stands before the next step', () => {
    expect(told(['STEP 1/3: FROM a', 'no breakSTEP 2/3: RUN x']).texts).toEqual([
      'FROM a',
      'no break',
      'RUN x',
    ]);
  });

  test('a command that prints the name of a step fools nobody', () => {
    expect(told(['STEP 1/3: FROM a', 'STEP 3/3: RUN y']).texts).toEqual(['FROM a', 'STEP 3/3: RUN y']);
  });

  test('a script is not told as its own output, and its error is found behind it', () => {
    const steps = [[step(1, 'FROM a'), step(2, 'RUN <<E', ['two', 'three'])]];
    const { texts, output } = told(
      [
        'STEP 1/2: FROM a',
        'STEP 2/2: RUN /bin/sh -c one',
        'two',
        'three',
        'two',
        'Error: building at STEP "RUN /bin/sh -c one',
        'two',
        'three": while running runtime: exit status 4',
      ],
      steps,
    );
    expect(texts).toEqual(['FROM a', 'RUN <<E', 'two']);
    expect(output.reason).toBe('exit status 4');
    expect(output.current?.number).toBe(2);
  });
});
