import http from 'node:http';

const posts = ['A network of two projects', 'Names without a registry'];

const server = http.createServer((request, response) => {
  console.log(`${request.method} ${request.url} from ${request.socket.remoteAddress.replace('::ffff:', '')}`);
  response.end(`The blog\n${posts.map((title) => `- ${title}\n`).join('')}`);
});

server.listen(8080, () => console.log('blog listens on port 8080'));
process.on('SIGTERM', () => process.exit(0));
