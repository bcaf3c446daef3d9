// Says which addresses it sees, and serves them on a port when given one.
import http from 'node:http';
import os from 'node:os';

const seen = Object.entries(os.networkInterfaces()).flatMap(([name, addresses]) =>
  addresses.filter(({ family }) => family === 'IPv4').map(({ cidr }) => `${name} ${cidr}`),
);
console.log(seen.join('\n'));

const port = Number(process.argv[2] ?? 0);
if (port) http.createServer((request, response) => response.end(`${seen.join('\n')}\n`)).listen(port);

setInterval(() => undefined, 2 ** 30);
process.on('SIGTERM', () => process.exit(0));
