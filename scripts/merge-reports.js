// merge-reports.js FIRST SECOND: puts the results of files that ran again into the first vitest JSON report, and names the
// tests that passed only then.
import { readFileSync, writeFileSync } from 'node:fs';

const [firstFile, secondFile] = process.argv.slice(2);
const first = JSON.parse(readFileSync(firstFile, 'utf8'));
const second = JSON.parse(readFileSync(secondFile, 'utf8'));
const again = new Map(second.testResults.map((result) => [result.name, result]));
const testResults = first.testResults.map((result) => again.get(result.name) ?? result);

for (const { name, assertionResults } of first.testResults) {
  for (const { fullName, status } of assertionResults) {
    const then = again.get(name)?.assertionResults.find((other) => other.fullName === fullName);
    if (status === 'failed' && then?.status === 'passed') console.log(`flaky: ${fullName}`);
  }
}

const count = (...states) =>
  testResults.flatMap((result) => result.assertionResults).filter(({ status }) => states.includes(status))
    .length;
const numFailedTests = count('failed');
const success = numFailedTests === 0 && testResults.every(({ status }) => status === 'passed');
writeFileSync(
  firstFile,
  JSON.stringify({
    ...first,
    testResults,
    success,
    numFailedTests,
    numPassedTests: count('passed'),
    numPendingTests: count('pending', 'skipped', 'todo'),
  }),
);
