// npm run bench -- compose [--runs 15] [--json]: what reading a compose file costs, from disk to plan.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundle } from '../scripts/bundle.js';
import { compileSchemas } from '../scripts/compile-schemas.js';

const root = fileURLToPath(new URL('..', import.meta.url));
/** On top of the bare start of node, for 20 services. */
const START_MS_MAX = 60;
/** Growth from 200 to 2000 services, as a multiple of linear growth. */
const GROWTH_MAX = 1;

export async function run(args) {
  const { values } = parseArgs({
    args,
    options: { runs: { type: 'string', default: '15' }, json: { type: 'boolean', default: false } },
  });
  const folder = mkdtempSync(join(tmpdir(), 'berth-bench-compose-'));
  try {
    const program = await bundleLoader(folder);
    const result = measure({ program, folder, runs: Number(values.runs) });
    if (values.json) console.log(JSON.stringify(result, null, 2));
    else report(result);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Bare node and the loader take turns, so that a busy moment of the machine meets both. */
function measure({ program, folder, runs }) {
  const sizes = [20, 200, 2000];
  const projects = new Map(sizes.map((size) => [size, projectOf(size, folder)]));
  const bare = [];
  const loaded = [];
  for (let turn = 0; turn < runs; turn += 1) {
    bare.push(wallMs(['-e', '0']));
    loaded.push(wallMs([program, projects.get(20)]));
  }
  const inProcess = sizes.map((size) => {
    const times = Array.from({ length: Math.max(3, Math.ceil(runs / 3)) }, () =>
      inProcessMs(program, projects.get(size)),
    );
    return { services: size, ms: median(times) };
  });
  const [, middle, large] = inProcess;
  return {
    node: process.version,
    cpus: cpus().length,
    runs,
    bareMs: median(bare),
    withLoadMs: median(loaded),
    onTopMs: median(loaded) - median(bare),
    onTopLeastMs: Math.min(...loaded) - Math.min(...bare),
    inProcess,
    growth: large.ms / middle.ms / (large.services / middle.services),
  };
}

function report({ node, cpus: count, runs, bareMs, withLoadMs, onTopMs, onTopLeastMs, inProcess, growth }) {
  const verdict = (ok) => (ok ? 'ok' : 'too much');
  console.log(`node ${node}, ${count} CPUs, medians of ${runs} runs\n`);
  console.log(`bare node                     ${bareMs.toFixed(1).padStart(8)} ms`);
  console.log(`20 services, disk to plan     ${withLoadMs.toFixed(1).padStart(8)} ms`);
  console.log(
    `  on top of bare node         ${onTopMs.toFixed(1).padStart(8)} ms   at most ${START_MS_MAX}: ${verdict(onTopMs < START_MS_MAX)}`,
  );
  console.log(`  least of all runs           ${onTopLeastMs.toFixed(1).padStart(8)} ms\n`);
  for (const { services, ms } of inProcess) {
    console.log(
      `${String(services).padStart(5)} services, in process    ${ms.toFixed(1).padStart(8)} ms   ${(ms / services).toFixed(3)} ms each`,
    );
  }
  console.log(
    `growth 200 → 2000             ${growth.toFixed(2).padStart(8)} of linear, at most ${GROWTH_MAX}: ${verdict(growth <= GROWTH_MAX)}`,
  );
}

/** What `berth plan` does but for the engine: it is told that nothing exists and every image is there. */
async function bundleLoader(folder) {
  await compileSchemas({ onlyIfStale: true });
  const contents = `
    const start = performance.now();
    void (async () => {
      const { loadProject } = await import('./src/compose/index.ts');
      const { planUp } = await import('./src/plan/plan-up.ts');
      const { project } = await loadProject({ cwd: process.argv[2], environment: {} });
      const images = Object.fromEntries(Object.values(project.model.services).map(({ image }) => [image, 'sha256:1']));
      const bodies = { network: () => ({}), volume: () => ({}), container: () => ({}) };
      const plan = planUp({ project, observed: { networks: [], volumes: [], containers: [], images }, bodies, request: { services: [] } });
      if (plan.operations.length === 0) throw new Error('an empty plan');
      if (process.argv[3] === '--time') console.log(performance.now() - start);
    })();`;
  const source = { stdin: { contents, resolveDir: root, loader: 'ts' } };
  await bundle({ source, folder, argv: (project) => [project] });
  return join(folder, 'start.cjs');
}

/** Services such as people write them, in a chain of dependencies no longer than ten. */
function projectOf(size, folder) {
  const services = Array.from({ length: size }, (_, index) => {
    const lines = [
      `  s${index}:`,
      `    image: "registry.local/app-${index % 7}:1.${index}"`,
      '    command: ["node", "server.js", "--port", "8080"]',
      '    environment:',
      '      NODE_ENV: production',
      `      NAME: "service-${index}"`,
      '      LEVEL: ${LEVEL:-info}',
      '    networks: [front, back]',
      `    volumes: ["./data/${index}:/data:ro", "cache:/cache"]`,
      '    healthcheck:',
      '      test: ["CMD", "true"]',
      '      interval: 5s',
    ];
    if (index % 5 === 0) lines.push(`    ports: ["${10_000 + index}:8080"]`);
    if (index % 10 !== 0) lines.push(`    depends_on: [s${index - 1}]`);
    return lines.join('\n');
  });
  const text = [
    'services:',
    ...services,
    'networks:',
    '  front: {}',
    '  back: {}',
    'volumes:',
    '  cache: {}',
    '',
  ].join('\n');
  const project = join(folder, `of-${size}`);
  mkdirSync(project);
  writeFileSync(join(project, 'compose.yaml'), text);
  return project;
}

function wallMs(args) {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - start;
}

function inProcessMs(program, project) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, project, '--time'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
