// Keeps lines in a file: `insert TEXT` adds one, `select` gives all as JSON.
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';

const file = '/data/orders';

function answer(line) {
  if (line.startsWith('insert ')) appendFileSync(file, `${line.slice(7)}\n`);
  const rows = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  return JSON.stringify(rows);
}

createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.setEncoding('utf8').on('data', (line) => socket.write(`${answer(line.trim())}\n`));
}).listen(5432, () => {
  console.log('database system is ready to accept connections');
  rmSync('/tmp/ready', { force: true });
  createServer().listen('/tmp/ready');
});
