// Runs cli.cjs, which lies beside this file, with the code that V8 compiled for it at build time (cli.cache). Code of
// another version of Node is not taken: V8 checks, and compiles the script itself.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

const filename = fileURLToPath(new URL('cli.cjs', import.meta.url));
const require = createRequire(filename);
const script = new Script(
  `(function (require, module, exports, __filename) {${readFileSync(filename, 'utf8')}\n})`,
  {
    filename,
    cachedData: compiled(),
  },
);
const module = { exports: {} };
script.runInThisContext()(require, module, module.exports, filename);

// At build time: everything that one run has used is kept.
const target = process.env['BERTH_COMPILE_TO'];
if (target !== undefined) process.once('exit', () => writeFileSync(target, script.createCachedData()));

function compiled() {
  try {
    return readFileSync(new URL('cli.cache', import.meta.url));
  } catch {
    return undefined;
  }
}
