import http from 'node:http';

const upstream = process.env.UPSTREAM;

const server = http.createServer((request, response) => {
  const passed = http.request(upstream + request.url, { method: request.method, headers: request.headers });
  passed.on('response', (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  passed.on('error', (error) => {
    response.writeHead(502);
    response.end(`no answer from ${upstream}: ${error.message}\n`);
  });
  request.pipe(passed);
});

server.listen(80, () => console.log(`gateway listens on port 80, in front of ${upstream}`));
process.on('SIGTERM', () => process.exit(0));
