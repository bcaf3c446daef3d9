import http from 'node:http';

const api = process.env.API_URL;

const server = http.createServer(async (request, response) => {
  try {
    const { greeting, from, visits } = await (await fetch(api)).json();
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html>
<title>${greeting}</title>
<h1>${greeting}</h1>
<p>This page comes from ${request.socket.localAddress.replace('::ffff:', '')}, its words from ${api} at ${from}.</p>
<p>Visits: ${visits}</p>
`);
  } catch (error) {
    response.statusCode = 502;
    response.end(`no answer from ${api}: ${error.cause ?? error}\n`);
  }
});

server.listen(8080, () => console.log('web listens on port 8080'));
process.on('SIGTERM', () => process.exit(0));
