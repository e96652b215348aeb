// As many requests as a host answers: wrk, on connections that are kept alive.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { interrupted } from './interruption.mjs';

/** wrk prints for people; this prints one line for programs. Latencies in microseconds. */
const report = `
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format('JSON {"requests":%d,"durationUs":%d,"bytes":%d,"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d,"p50Us":%d,"p99Us":%d,"p999Us":%d}\\n',
    summary.requests, summary.duration, summary.bytes, errors.connect, errors.read, errors.write, errors.status, errors.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
`;

/** Settles with what was counted. `bodyBytes`: a POST of that many. */
export async function saturate(url, { scratch, connections, seconds, bodyBytes }) {
  const script = path.join(scratch, 'wrk.lua');
  const body =
    bodyBytes === undefined ? '' : `wrk.method = 'POST'\nwrk.body = string.rep('x', ${bodyBytes})\n`;
  writeFileSync(script, body + report);
  const limits = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '20s'];
  const output = await run('wrk', [...limits, '-s', script, url]);
  const line = /^JSON (.*)$/m.exec(output)?.[1];
  if (line === undefined) throw new Error(`wrk said: ${output}`);
  const result = JSON.parse(line);
  const errors = result.connect + result.read + result.write + result.status + result.timeout;
  return { ...result, errors, requestsPerSecond: (result.requests * 1e6) / result.durationUs };
}

function run(file, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], signal: interrupted });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
    child.on('error', reject);
    child.on('close', (status) => (status === 0 ? resolve(output) : reject(new Error(`${file}: ${output}`))));
  });
}
