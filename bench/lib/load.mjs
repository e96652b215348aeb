// Load from outside: wrk at saturation, h2load (HTTP/1.1) at a fixed rate. Both keep connections alive.
import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/** As many requests as the host answers. `bodyBytes`: a POST of that many. */
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

/** A fixed number of requests per second, however slow the answers are. */
export async function arrive(url, { scratch, connections, seconds, rate }) {
  const log = path.join(scratch, 'h2load.log');
  rmSync(log, { force: true });
  const perClient = Math.max(1, Math.round(rate / connections));
  await run('h2load', [
    '--h1',
    '-t1',
    `-c${connections}`,
    `-D${seconds}`,
    `--rps=${perClient}`,
    `--log-file=${log}`,
    url,
  ]);
  const rows = readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((row) => row.split('\t').map(Number));
  const times = rows.map(([, , us]) => us).sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  return {
    requests: rows.length,
    rate: perClient * connections,
    errors: rows.filter(([, status]) => status !== 200).length,
    p50Us: at(0.5),
    p99Us: at(0.99),
    p999Us: at(0.999),
  };
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
