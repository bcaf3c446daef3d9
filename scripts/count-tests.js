// Prints `<passed> <failed>` of a vitest JSON report. A run that broke off, or left a test out, counts as a failure.
import { existsSync, readFileSync } from 'node:fs';

const file = process.argv[2];
const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { success: false };
const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, success } = report;
const failed = numFailedTests + numPendingTests;
console.log(numPassedTests, failed === 0 && !success ? 1 : failed);
