// jest reporter: closes the run with its totals on one line, and adds them to the JSON file that JEST_JSON names.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

export default class JestTotals {
  onRunComplete(_contexts, results) {
    const passed = results.numPassedTests;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
    if (process.env.JEST_JSON) addTo(process.env.JEST_JSON, { passed, failed, skipped });
  }
}

function addTo(file, totals) {
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const sums = Object.entries(totals).map(([name, count]) => [name, count + (before[name] ?? 0)]);
  writeFileSync(file, JSON.stringify(Object.fromEntries(sums)));
}
