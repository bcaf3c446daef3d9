// Serves /app/pages. What it needs may come later than it starts: the first copy is on its way then.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const read = (path, otherwise) => readFile(`/app/${path}`, 'utf8').catch(() => otherwise);
const { title = 'untitled' } = JSON.parse(await read('settings.json', '{}'));
let words = '';
const reload = async () => (words = await read('words.txt', ''));
await reload();

const server = createServer(async (request, response) => {
  if (request.url === '/reload') {
    await reload();
    return response.end('words read again\n');
  }
  const page = await read(`pages${request.url === '/' ? '/index.html' : request.url}`, 'no such page\n');
  response.end(page.replace('TITLE', title).replace('WORDS', words.trim()));
});
server.listen(8080, () => console.log(`serving "${title}" on 8080`));
