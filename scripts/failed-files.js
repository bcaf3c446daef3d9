// Prints the files with failed tests of a vitest JSON report, one a line; nothing when the run itself broke off.
import { existsSync, readFileSync } from 'node:fs';

const file = process.argv[2];
const { testResults = [] } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
for (const { name, status } of testResults) if (status === 'failed') console.log(name);
