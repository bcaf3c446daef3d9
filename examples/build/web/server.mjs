import { createServer } from 'node:http';

createServer((_request, response) => {
  fetch('http://app:3000/')
    .then((answer) => answer.text())
    .then((text) => response.end(`web says: ${text}`))
    .catch((error) => response.writeHead(502).end(String(error)));
}).listen(8080);
