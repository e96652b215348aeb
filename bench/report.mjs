// bench/results/latest.json → docs/performance.md and its plots.
// usage: node bench/report.mjs [results.json]
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { bars, lines } from './lib/svg.mjs';
import { toRows } from './lib/table.mjs';

const docs = path.join(path.dirname(import.meta.dirname), 'docs');
const plots = path.join(docs, 'performance');
const source = process.argv[2] ?? path.join(import.meta.dirname, 'results/latest.json');
const { machine, rounds, reference, absent, starts, memoryAtRest, results } = JSON.parse(
  readFileSync(source, 'utf8'),
);

mkdirSync(plots, { recursive: true });
const hello = results['node: hello, 64 connections'].hosts;
plot('cpu.svg', bars('CPU time per request: hello, 64 connections', 'µs', sorted(hello, 'cpuUsPerRequest')));
plot(
  'throughput.svg',
  bars('Requests per second: hello, 64 connections', '', sorted(hello, 'requestsPerSecond').reverse()),
);
const over = (kind, x, key, factor = 1) => {
  const series = {};
  for (const result of Object.values(results)) {
    if (result.app !== 'node' || result.kind !== kind || result.rate !== undefined || !(result[x] > 0))
      continue;
    for (const [name, host] of Object.entries(result.hosts))
      (series[name] ??= []).push([result[x], host[key].median * factor]);
  }
  for (const points of Object.values(series)) points.sort((a, b) => a[0] - b[0]);
  return series;
};
const concurrency = over('hello', 'connections', 'requestsPerSecond');
if (Object.values(concurrency)[0]?.length > 1) {
  plot(
    'concurrency.svg',
    lines('Requests per second, hello', 'connections', 'requests per second', concurrency),
  );
  plot(
    'latency.svg',
    lines(
      '99th percentile, hello',
      'connections',
      'milliseconds',
      over('hello', 'connections', 'p99Us', 1e-3),
    ),
  );
}

const text = [
  '# Performance',
  '',
  '<!-- Written by bench/report.mjs from what bench/run.mjs measured. Edits here are lost. -->',
  '',
  `Measured on ${machine.date}: ${machine.cores} cores shared with the load generator, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node}, ${machine.httpd.replace('Server version: ', '')}, ${machine.nginx.replace('nginx version: ', '')}. Medians of ${rounds} interleaved rounds, after a warm-up; ± is half the distance between the best and the worst round, where it is 10 % or more. Connections are kept alive. × are ratios to \`${reference}\` of the same run; compare those, not the absolute figures. Before a load is measured, every host must have answered it with the same bytes. CPU is user and system time of every process that serves, without the load generator; loop is the time the app's event loop is busy, where one process answers everything.`,
  '',
  ...Object.entries(absent).map(([name, reason]) => `Absent: ${name} (${reason}).\n`),
  '`node bench/run.mjs` measures again, `--quick` in less than two minutes, after `bench/install-peers.sh`; every configuration is in `bench/hosts`.',
  '',
  '![CPU time per request](performance/cpu.svg)',
  '![Requests per second](performance/throughput.svg)',
  ...(Object.values(concurrency)[0]?.length > 1
    ? [
        '![Requests per second by connections](performance/concurrency.svg)',
        '![Latency by connections](performance/latency.svg)',
      ]
    : []),
  '',
  '## Start and memory at rest',
  '',
  'From the command to the first 200, in one go each; memory of every process, shared pages counted in part (PSS).',
  '',
  ...markdown([
    ['', 'start ms', 'PSS MiB', 'private MiB'],
    ...Object.entries(starts.node).map(([name, ms]) => [
      name,
      ms.toFixed(0),
      memoryAtRest.node[name].pssMiB.toFixed(0),
      memoryAtRest.node[name].privateMiB.toFixed(0),
    ]),
  ]),
  ...Object.entries(results).flatMap(([title, result]) => [
    '',
    `## ${title.replace(/^node: /, '').replace(/^./, (first) => first.toUpperCase())}${result.rate === undefined ? '' : ` (${result.rate}/s)`}`,
    '',
    ...(result.kind === 'idle' ? idleTable(result) : markdown(toRows(result, reference))),
  ]),
  '',
].join('\n');
writeFileSync(path.join(docs, 'performance.md'), text);
console.log('written: docs/performance.md and docs/performance/*.svg');

function plot(name, svg) {
  writeFileSync(path.join(plots, name), svg);
}

function sorted(table, key) {
  return Object.entries(table)
    .map(([name, host]) => [name, host[key].median])
    .sort((a, b) => a[1] - b[1]);
}

function idleTable(result) {
  return markdown([
    ['', 'open', 'PSS MiB at rest', 'PSS MiB with them', 'one more request'],
    ...Object.entries(result.hosts).map(([name, { atRest, during, open, answered, answerMs }]) => [
      name,
      String(open),
      atRest.pssMiB.toFixed(0),
      during.pssMiB.toFixed(0),
      answered ? `${answerMs.toFixed(0)} ms` : 'not answered',
    ]),
  ]);
}

function markdown([head, ...rows]) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)];
}
