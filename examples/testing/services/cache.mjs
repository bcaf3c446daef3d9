// Redis' inline commands GET, SET and INCR.
import { createServer } from 'node:net';

const values = new Map();
const commands = {
  GET: (key) => `+${values.get(key) ?? ''}`,
  SET: (key, value) => (values.set(key, value), '+OK'),
  INCR: (key) => (values.set(key, Number(values.get(key) ?? 0) + 1), `:${values.get(key)}`),
};

createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.setEncoding('utf8').on('data', (line) => {
    const [name = '', ...words] = line.trim().split(' ');
    socket.write(`${commands[name.toUpperCase()]?.(...words) ?? '-ERR unknown command'}\r\n`);
  });
}).listen(6379, () => console.log('Ready to accept connections'));
