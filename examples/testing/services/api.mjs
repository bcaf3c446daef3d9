// GET / greets and counts visits in the cache; GET and POST /orders keep orders in the database.
import { createServer } from 'node:http';
import { ask } from './ask.mjs';

const routes = {
  'GET /': async () => `${process.env.GREETING}, visit ${(await ask('cache', 6379, 'INCR visits')).slice(1)}`,
  'GET /orders': () => ask('db', 5432, 'select'),
  'POST /orders': (body) => ask('db', 5432, `insert ${body}`),
};

createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  try {
    const answer = await routes[`${request.method} ${request.url}`]?.(body);
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(answer);
  } catch (error) {
    console.error(`${request.method} ${request.url}: ${error.message}`);
    response.statusCode = 503;
    response.end(error.message);
  }
}).listen(3000, () => console.log('listening on 3000'));
