import http from 'node:http';

let visits = 0;

const server = http.createServer((request, response) => {
  if (request.url === '/health') return response.end('ok\n');
  visits += 1;
  const from = request.socket.localAddress.replace('::ffff:', '');
  console.log(`visit ${visits} from ${request.socket.remoteAddress.replace('::ffff:', '')}`);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ greeting: 'Hello from Berth', from, visits }));
});

server.listen(3000, () => console.log('api listens on port 3000'));
process.on('SIGTERM', () => process.exit(0));
