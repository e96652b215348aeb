// Runs the two halves of the linters beside each other: each keeps one core busy, for about as long as the other.
// usage: node tools/lint.mjs
import { spawn } from 'node:child_process';
import path from 'node:path';

const halves = ['lint:packages', 'lint:others'];

const statuses = await Promise.all(halves.map(run));
process.exitCode = Math.max(...statuses);

/** Settles with the status of a script, and prints what it wrote when it has ended: the halves do not mix. */
function run(script) {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', script], {
      cwd: path.dirname(import.meta.dirname),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', reject);
    child.on('close', (status) => {
      process.stdout.write(output);
      resolve(status ?? 1);
    });
  });
}
