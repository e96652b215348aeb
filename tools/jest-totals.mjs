// jest reporter: closes the run with its totals on one line, and leaves them as JSON where JEST_JSON names a file.
import { writeFileSync } from 'node:fs';

export default class JestTotals {
  onRunComplete(_contexts, results) {
    const passed = results.numPassedTests;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
    if (process.env.JEST_JSON)
      writeFileSync(process.env.JEST_JSON, JSON.stringify({ passed, failed, skipped }));
  }
}
