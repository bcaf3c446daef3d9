// npm run bench -- NAME [options]: runs bench/NAME.js.
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const [name, ...args] = process.argv.slice(2);
const file = new URL(`./${name}.js`, import.meta.url);

if (!name || name === 'run' || !existsSync(file)) {
  const folder = new URL('.', import.meta.url);
  const names = readdirSync(folder)
    .filter(
      (entry) =>
        entry.endsWith('.js') &&
        /^export async function run\(/m.test(readFileSync(new URL(entry, folder), 'utf8')),
    )
    .map((entry) => entry.slice(0, -3));
  console.error(`usage: npm run bench -- NAME [options]\nbenchmarks: ${names.join(', ')}`);
  process.exit(1);
}

const { run } = await import(file.href);
await run(args);
