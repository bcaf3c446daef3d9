import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Diagnostics } from '../../src/compose/diagnostics.ts';
import { loadProject } from '../../src/compose/index.ts';
import type { LoadResult } from '../../src/compose/index.ts';
import { mergeModels } from '../../src/compose/merge/merge-models.ts';
import { renderJson } from '../../src/compose/show/json.ts';
import { shownModel } from '../../src/compose/show/shown-model.ts';
import { renderYaml } from '../../src/compose/show/yaml.ts';
import { sourceText } from '../../src/compose/text/source-text.ts';
import { plainValue } from '../../src/compose/tree/node.ts';
import type { Node } from '../../src/compose/tree/node.ts';
import { readFully } from '../../src/compose/yaml/full-reader.ts';

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
const text = fc.oneof(
  word,
  fc.string({ maxLength: 12 }).filter((value) => !/[\0\ufffd]|\p{Cs}/u.test(value)),
);
const port = fc.integer({ min: 1, max: 60_000 });

/** A service with attributes of every kind, in short and long forms. */
const service = fc.record(
  {
    image: word,
    command: fc.oneof(fc.array(text, { maxLength: 3 }), word),
    environment: fc.dictionary(word, fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)), {
      maxKeys: 3,
    }),
    labels: fc.array(
      word.map((name) => `${name}=x`),
      { maxLength: 3 },
    ),
    ports: fc.array(
      fc.oneof(
        port.map((p) => `${String(p)}:${String(p)}`),
        port.map((target) => ({ target })),
      ),
      { maxLength: 3 },
    ),
    volumes: fc.array(
      word.map((name) => `/h/${name}:/c/${name}`),
      { maxLength: 3 },
    ),
    dns: fc.oneof(fc.constant('1.1.1.1'), fc.constant(['1.1.1.1', '8.8.8.8'])),
    tmpfs: word.map((name) => `/t/${name}`),
    stop_grace_period: fc.nat({ max: 100_000 }).map((ms) => `${String(ms)}ms`),
    mem_limit: fc.nat({ max: 4096 }).map((m) => `${String(m)}m`),
    healthcheck: fc.record({ test: text, retries: fc.nat({ max: 9 }) }),
    extra_hosts: fc.dictionary(word, fc.constant('10.0.0.1'), { maxKeys: 2 }),
    tty: fc.boolean(),
    init: fc.boolean(),
  },
  { requiredKeys: ['image'] },
);

const file = fc.dictionary(word, service, { minKeys: 1, maxKeys: 3 }).map((services) => ({ services }));

const load = (content: string): Promise<LoadResult> =>
  loadProject({ cwd: '/p', files: ['-'], environment: {}, stdin: () => Promise.resolve(content) });
const escaped = (value: object): string => JSON.stringify(value).replaceAll('$', '$$$$');

test('what config prints gives the same again, as YAML and as JSON', async () => {
  await fc.assert(
    fc.asyncProperty(file, async (content) => {
      const { loaded } = await load(escaped(content));
      for (const print of [renderYaml, renderJson]) {
        const printed = print(shownModel(loaded.model, { escape: true }));
        const again = (await load(printed)).loaded;
        expect(print(shownModel(again.model, { escape: true }))).toBe(printed);
      }
    }),
    { numRuns: 60 },
  );
}, 60_000);

function treeOf(value: unknown): Node {
  const [node] = readFully(sourceText('/a.yaml', JSON.stringify(value)), new Diagnostics());
  if (node === undefined) throw new Error('nothing was read');
  return node;
}

const merged = (...values: unknown[]): unknown => {
  const diagnostics = new Diagnostics();
  const [first, ...others] = values.map(treeOf);
  if (first === undefined) throw new Error('nothing to merge');
  const result = others.reduce((base, over) => mergeModels(base, over, diagnostics), first);
  return diagnostics.failed ? 'refused' : plainValue(result);
};

test('a file that says nothing changes nothing', () => {
  fc.assert(
    fc.property(file, (content) => {
      expect(merged(content, { services: {} })).toEqual(merged(content));
      expect(merged({ services: {} }, content)).toEqual(merged(content));
    }),
  );
});

test('it does not matter which two of three files are merged first', () => {
  const names = fc.constantFrom('a', 'b');
  const small = fc.dictionary(names, service, { minKeys: 1, maxKeys: 2 }).map((services) => ({ services }));
  fc.assert(
    fc.property(small, small, small, (a, b, c) => {
      const left = merged(a, b);
      const right = merged(b, c);
      fc.pre(left !== 'refused' && right !== 'refused');
      expect(merged(left, c)).toEqual(merged(a, right));
    }),
  );
});

test('of a text that several files have, the last one stands', () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (images) => {
      const files = images.map((image) => ({ services: { web: { image } } }));
      expect(merged(...files)).toEqual({ services: { web: { image: images.at(-1) } } });
    }),
  );
});
