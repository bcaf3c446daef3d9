import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const greeting = readFileSync('/srv/greeting', 'utf8');

createServer((_request, response) => response.end(greeting)).listen(3000);
