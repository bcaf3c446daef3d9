// Runs cli.cjs, which lies beside this file, with the code that V8 compiled for it at build time (cli.cache). Code of
// another version of Node is not taken: V8 checks, and compiles the script itself.
// A CommonJS script itself: Node's loader of ES modules would cost more than reading the bundle.
'use strict';
const { readFileSync, writeFileSync } = require('node:fs');
const { Script } = require('node:vm');

const filename = `${__dirname}/cli.cjs`;
const text = readFileSync(filename, 'latin1');
const script = new Script(`(function (require, module, exports, __filename) {${text}\n})`, {
  filename,
  cachedData: compiled(),
});
const exported = { exports: {} };
script.runInThisContext()(require, exported, exported.exports, filename);

// At build time: everything that one run has used is kept.
const target = process.env.BERTH_COMPILE_TO;
if (target !== undefined) process.once('exit', () => writeFileSync(target, script.createCachedData()));

function compiled() {
  try {
    return readFileSync(`${__dirname}/cli.cache`);
  } catch {
    return undefined;
  }
}
