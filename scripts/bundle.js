// One script with V8's compiled code beside it: what a command needs is then read, not compiled anew.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Writes cli.cjs, cli.cache and start.cjs, which runs the two, into `folder`. `source` is what esbuild takes as its
 * input (`entryPoints` or `stdin`); `argv` are the words of one run on a small compose file, whose functions are
 * compiled ahead. Another `name` stands for `cli`.
 */
export async function bundle({ source, folder, argv, name = 'cli' }) {
  const script = join(folder, `${name}.cjs`);
  await build({ ...common, ...source, outfile: script });
  writeFileSync(script, asAscii(readFileSync(script, 'utf8')));
  copyFileSync(join(root, 'scripts', 'start.cjs'), join(folder, 'start.cjs'));
  compileAhead({ folder, argv, name });
}

/** An esbuild plugin: modules whose paths end so are not in the bundle. */
export function without(paths) {
  const setup = ({ onResolve }) => onResolve({ filter: paths }, ({ path }) => ({ path, external: true }));
  return { name: 'without', setup };
}

/** The program of a thread: a script of its own, which the bundle finds beside itself. */
export async function bundleWorker(entry, outfile) {
  await build({ ...common, entryPoints: [entry], outfile });
}

/** One byte a character is read in a third of the time. What esbuild leaves are letters of regular expressions. */
function asAscii(text) {
  return text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  external: ['koffi'],
  define: { 'import.meta.url': '__berthUrl' },
  banner: { js: "const __berthUrl = require('node:url').pathToFileURL(__filename).href;" },
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
};

function compileAhead({ folder, argv, name }) {
  const project = mkdtempSync(join(tmpdir(), 'berth-build-'));
  try {
    writeFileSync(join(project, 'compose.yaml'), SAMPLE);
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'start.cjs'), ...argv(project)], {
      cwd: project,
      env: { ...process.env, BERTH_COMPILE: name },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`the bundle does not run:\n${stderr}`);
  } finally {
    rmSync(project, { recursive: true });
  }
}

const SAMPLE = `name: sample
services:
  web:
    image: "nginx:\${TAG:-1}"
    command: ["nginx", "-g", "daemon off;"]
    environment: { MODE: production }
    env_file: []
    ports: ["8080:80"]
    networks: [front]
    volumes: ["./data:/data:ro", "cache:/cache"]
    depends_on: { db: { condition: service_healthy } }
  db:
    image: postgres
    networks:
      front:
    healthcheck:
      test: ["CMD", "true"]
      interval: 5s
networks:
  front:
volumes:
  cache: {}
`;
