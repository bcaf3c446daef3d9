// Loads mutated compose files, and stops at the first that crashes, hangs, or is refused without a code and a place.
// node scripts/fuzz-compose.js [--runs 100000] [--seed 1]
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { compileSchemas } from './compile-schemas.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'fuzz-compose');
/** A run that takes longer than this counts as a hang. */
const RUN_MS_MAX = 5000;
/** Every so many runs, what `config` prints is read again and must give the same. */
const ROUND_TRIP_EVERY = 20;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
  },
});

async function fuzz({ runs, seed }) {
  const room = await loadRoom();
  const random = generator(seed);
  const seeds = corpus();
  const counts = new Map();
  const start = performance.now();
  let slowestMs = 0;
  for (let run = 0; run < runs; run += 1) {
    const text = mutate(pick(seeds, random), { random, seeds });
    const before = performance.now();
    const outcome = await attempt(room, text, run % ROUND_TRIP_EVERY === 0);
    const took = performance.now() - before;
    slowestMs = Math.max(slowestMs, took);
    if (outcome.fault !== undefined || took > RUN_MS_MAX)
      return fail({ run, seed, text, fault: outcome.fault ?? `took ${took.toFixed(0)} ms` });
    counts.set(outcome.code, (counts.get(outcome.code) ?? 0) + 1);
  }
  report({ runs, seed, counts, slowestMs, seconds: (performance.now() - start) / 1000 });
}

/** One file: read, or refused in order? */
async function attempt({ loadProject, BerthError, print }, text, roundTrip) {
  const load = (content) =>
    loadProject({
      cwd: '/fuzz',
      files: ['-'],
      environment: { HOME: '/home', SET: 'a b', EMPTY: '' },
      stdin: async () => content,
    });
  try {
    const { loaded } = await load(text);
    if (!roundTrip) return { code: 'read' };
    const printed = print(loaded.model);
    const again = print((await load(printed)).loaded.model);
    return printed === again
      ? { code: 'read twice' }
      : { fault: `printed differently the second time:\n${printed}\n---\n${again}` };
  } catch (error) {
    if (!(error instanceof BerthError))
      return { fault: error instanceof Error ? error.stack : String(error) };
    const all = [error, ...error.others];
    const odd = all.find(
      ({ code, at, hint, message }) =>
        !/^[A-Z_]+$/.test(code) || !message || !hint || (at && !(at.line >= 1 && at.column >= 1)),
    );
    return odd === undefined
      ? { code: error.code }
      : { fault: `an odd error: ${JSON.stringify(odd)} ${odd.message}` };
  }
}

const mutations = [
  (lines, { random }) => lines.splice(index(lines, random), 1),
  (lines, { random }) => lines.splice(index(lines, random), 0, pick(lines, random)),
  (lines, { random }) => swap(lines, index(lines, random), index(lines, random)),
  (lines, { random }) =>
    edit(lines, random, (line) => (random() < 0.5 ? `  ${line}` : line.replace(/^ {2}/, ''))),
  (lines, { random }) => edit(lines, random, (line) => line.replace(/:.*$/, `: ${pick(nasty, random)}`)),
  (lines, { random }) => edit(lines, random, (line) => line.replace(/- .*$/, `- ${pick(nasty, random)}`)),
  (lines, { random }) => edit(lines, random, (line) => line.replace(/[a-z_]+:/, `${pick(keys, random)}:`)),
  (lines, { random }) => edit(lines, random, (line) => insert(line, pick(characters, random), random)),
  (lines, { random }) => edit(lines, random, (line) => line.slice(0, Math.floor(random() * line.length))),
  (lines, { random, seeds }) => lines.push('---', ...pick(seeds, random).split('\n')),
  (lines, { random, seeds }) =>
    lines.splice(index(lines, random), 0, pick(pick(seeds, random).split('\n'), random)),
];

const nasty = [
  '',
  'null',
  '~',
  'true',
  '-1',
  '0',
  '1e999',
  '.nan',
  '9007199254740993',
  '0440',
  '0o8',
  '[]',
  '{}',
  '[[[]]]',
  '{a: {b: [c]}}',
  '"',
  "'",
  '"a',
  '*a',
  '&a',
  '&a [*a]',
  '!reset',
  '!reset []',
  '!override [a]',
  '!!int x',
  '!!binary aGk=',
  '|',
  '>-',
  '<<',
  '$SET',
  '${SET}',
  '${EMPTY:-d}',
  '${NONE:?e}',
  '${NONE',
  '${',
  '$$',
  '${A:-${B:-${C}}}',
  '80:80',
  '1-65535:1-65535',
  '::80',
  '[::1]:1:1',
  '/a:/b',
  './a:/b:ro,z',
  'a:b:c:d',
  ':',
  '1h2m3s',
  '99999999999w',
  '1.5gb',
  '-5k',
  'service:web',
  'container:x',
  'always',
  'CMD',
  'web',
  'default',
  '\u0000',
  '\u001b[31m',
  '\ufeff',
  '😀',
  '\u2028',
  'a'.repeat(2000),
];
const keys = [
  'image',
  'build',
  'ports',
  'environment',
  'services',
  'networks',
  'volumes',
  'extends',
  'include',
  'depends_on',
  'x-a',
  '<<',
  'deploy',
  'healthcheck',
  'name',
  'secrets',
  '1',
  'null',
  '__proto__',
  'command',
  'labels',
];
const characters = [...':-#{}[]&*!|>\'"%@`,?$\t\r\n\\', ' ', '\u0000', '😀'];

function mutate(text, context) {
  const lines = text.split('\n');
  const count = 1 + Math.floor(context.random() * 5);
  for (let done = 0; done < count && lines.length > 0; done += 1)
    pick(mutations, context.random)(lines, context);
  return lines.join('\n');
}

function edit(lines, random, change) {
  const at = index(lines, random);
  lines[at] = change(lines[at] ?? '');
}

function swap(lines, a, b) {
  [lines[a], lines[b]] = [lines[b], lines[a]];
}

function insert(line, character, random) {
  const at = Math.floor(random() * (line.length + 1));
  return line.slice(0, at) + character + line.slice(at);
}

function index(list, random) {
  return Math.floor(random() * list.length);
}

function pick(list, random) {
  return list[index(list, random)] ?? list[0] ?? '';
}

/** A small generator whose runs can be repeated by their seed (mulberry32). */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Every compose file of the examples, and one that uses most of what there is. */
function corpus() {
  const examples = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' });
  const files = examples
    .filter((path) => /compose.*\.ya?ml$/.test(path))
    .map((path) => readFileSync(join(root, 'examples', path), 'utf8'));
  return [...files, readFileSync(join(root, 'test', 'compose', 'everything.yaml'), 'utf8')];
}

/** The compose room as one module: Node can't load TypeScript. */
async function loadRoom() {
  await compileSchemas({ onlyIfStale: true });
  mkdirSync(cache, { recursive: true });
  const outfile = join(cache, 'compose.mjs');
  const contents = `
    export { loadProject } from './src/compose/index.ts';
    export { BerthError } from './src/model/errors.ts';
    import { renderYaml } from './src/compose/show/yaml.ts';
    import { shownModel } from './src/compose/show/shown-model.ts';
    export const print = (model) => renderYaml(shownModel(model, { escape: true }));`;
  const banner = {
    js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
  };
  await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outfile,
    banner,
    logLevel: 'warning',
  });
  return import(pathToFileURL(outfile).href);
}

function fail({ run, seed, text, fault }) {
  const file = join(cache, `failure-${String(seed)}-${String(run)}.yaml`);
  writeFileSync(file, text);
  process.stderr.write(
    `run ${String(run)} of seed ${String(seed)} failed: ${String(fault)}\nthe file: ${file}\n`,
  );
  process.exitCode = 1;
}

function report({ runs, seed, counts, slowestMs, seconds }) {
  const rows = [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([code, count]) => `  ${String(count).padStart(8)}  ${code}\n`);
  const head = `${String(runs)} files, seed ${String(seed)}, ${seconds.toFixed(0)} s, slowest ${slowestMs.toFixed(0)} ms: no crash, no hang\n`;
  process.stdout.write(head + rows.join(''));
}

await fuzz({ runs: Number(values.runs), seed: Number(values.seed) });
