// bench/results/latest.json → docs/performance.md and its plots.
// usage: node bench/report.mjs [results.json] [directory of docs]
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { markdownTable } from './lib/markdown.mjs';
import { renderPlots } from './lib/plots.mjs';
import { aimsSection, idleSection, reloadSection, startSection } from './lib/sections.mjs';
import { toRows } from './lib/table.mjs';

const source = process.argv[2] ?? path.join(import.meta.dirname, 'results/latest.json');
const docs = process.argv[3] ?? path.join(path.dirname(import.meta.dirname), 'docs');
const results = JSON.parse(readFileSync(source, 'utf8'));
const ungroupedSource = path.join(path.dirname(source), 'without-autogroups.json');
const ungrouped =
  results.machine.hasAutogroups && existsSync(ungroupedSource)
    ? JSON.parse(readFileSync(ungroupedSource, 'utf8'))
    : undefined;

const plots = renderPlots(results);
mkdirSync(path.join(docs, 'performance'), { recursive: true });
for (const { file, svg } of plots) writeFileSync(path.join(docs, 'performance', file), svg);
writeFileSync(path.join(docs, 'performance.md'), `${renderText().join('\n')}\n`);
console.log(`written: performance.md and ${plots.length} plots in ${path.relative(process.cwd(), docs)}`);

function renderText() {
  return joinSections([
    introduction(results),
    aimsSection(results, ungrouped),
    plots.map(({ file, title }) => `![${title}](performance/${file})`),
    startSection(results),
    reloadSection(results),
    idleSection(results),
    ...Object.values(results.loads).map((load) => loadSection(load, results)),
  ]);
}

function introduction({ machine, versions, absent, mpm, reference, incomplete }) {
  const software = [...machine.software, ...Object.values(versions)].join(', ');
  return [
    '# Performance',
    '',
    '<!-- Written by bench/report.mjs from what bench/run.mjs measured. Edits here are lost. -->',
    '',
    `Measured on ${machine.date}: ${machine.cores} cores (${machine.model}) shared with the load generator, ${machine.memoryGiB} GiB, Linux ${machine.kernel}; ${software}.`,
    '',
    `* Figures are medians of interleaved rounds after a warm-up; ± is half the distance between the best and the worst round, where it is 10 % or more. × is the ratio to \`${reference}\`, unless said otherwise: taken round by round, of which the median. Compare ratios, not absolute figures.`,
    '* Connections are kept alive. Before a load is measured, every host must have answered it with the same bytes. Errors are those of all rounds.',
    '* express, Passenger and mod_wsgi may queue 1000 requests here: what goes beyond their default of 100 is refused, and shows with 256 connections.',
    '* CPU is user and system time of every process that serves, without the load generator. main is that of the main thread of the app, where one process in Node answers everything; loop is the time its event loop was busy, which also counts waiting for a processor that others have.',
    '* PSS and private are the largest of several looks at the memory of all processes in a further run of the same load. Private is what a process shares with nobody. PSS adds its part of what it shares, divided by all who have it; as every host here runs at the same time, most of Node itself and of httpd counts little in it.',
    ...(incomplete === undefined ? [] : [`* **Incomplete**: the run ended early (${incomplete}).`]),
    ...(mpm === undefined ? [] : [`* ${describeMpm(mpm)}`]),
    ...Object.entries(absent).map(([name, reason]) => `* Absent: ${name} (${reason}).`),
    '',
    '`node bench/run.mjs` measures again, `--quick` in less than two minutes, after `bench/install-peers.sh`; every configuration is in `bench/hosts`.',
  ];
}

function describeMpm({ lines, ours }) {
  const common = `Every httpd here has the threads that \`express\` writes for 400 clients, not those of a distribution: ${lines.join(', ')}.`;
  if (ours.length === 0) return common;
  return `The httpds beside ours have the MPM lines ${lines.join(', ')}; ours differs: ${ours.join(', ')}.`;
}

function loadSection(load, { reference }) {
  const { title, app, rate } = load;
  const heading = title.replace(/^./, (first) => first.toUpperCase());
  const base = load.reference ?? reference;
  return [
    `## ${heading}${{ fetch: ' (fetch handler)', express: ' (Express 5)' }[app] ?? ''}`,
    '',
    ...(rate === undefined
      ? []
      : [`${rate} requests per second, evenly spaced. Latency is from the moment a request was due.`, '']),
    ...(base === reference ? [] : [`× are ratios to \`${base}\`.`, '']),
    ...markdownTable(toRows(load, base)),
  ];
}

function joinSections(sections) {
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]));
}
