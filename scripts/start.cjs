// Runs a bundle, which lies beside this file, with the code that V8 compiled for it at build time. Code of another version of
// Node is not taken: V8 checks, and compiles the script itself.
// A CommonJS script itself: Node's loader of ES modules would cost more than reading the bundle.
'use strict';
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { Script } = require('node:vm');

// At build time the name of the bundle: everything that one run has used is kept.
const compiled = process.env.BERTH_COMPILE;
const base = `${__dirname}/${compiled ?? chosen()}`;
const filename = `${base}.cjs`;
const script = new Script(
  `(function (require, module, exports, __filename) {${readFileSync(filename, 'latin1')}\n})`,
  {
    filename,
    cachedData: read(`${base}.cache`),
  },
);
const exported = { exports: {} };
script.runInThisContext()(require, exported, exported.exports, filename);
if (compiled !== undefined) {
  process.once('exit', () => writeFileSync(`${base}.cache`, script.createCachedData()));
}

/** Two verbs run parts of the engine themselves; the bundle for all others is smaller by a third. */
function chosen() {
  const needsWhole = process.argv.some((word) => word === 'engine' || word === 'doctor');
  return needsWhole && existsSync(`${__dirname}/whole.cjs`) ? 'whole' : 'cli';
}

function read(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
