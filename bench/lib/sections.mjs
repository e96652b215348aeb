// The sections of docs/performance.md beside the loads: each takes results and returns lines of Markdown.
import { hosts, takes } from '../hosts/index.mjs';
import { judgeAims } from './aims.mjs';
import { markdownTable } from './markdown.mjs';
import { summarize } from './statistics.mjs';
import { formatSpread } from './table.mjs';

const NONE = '–';

/** `ungrouped`: results of a run without automatic groups, if there is one beside that with them. */
export function aimsSection(results, ungrouped) {
  const judged = judgeAims(results);
  const others = ungrouped && judgeAims(ungrouped);
  const head = ['', 'aim', 'median', 'rounds', 'met'];
  const rows = judged.map((one) => [one.aim, one.limit, ...aimCells(one)]);
  return [
    '## Aims',
    '',
    'Of one worker, as this run found them: the median of the rounds decides.',
    '',
    ...markdownTable(
      others === undefined
        ? [head, ...rows]
        : [
            [...head, 'without autogroups', 'rounds', 'met'],
            ...rows.map((row, index) => [...row, ...aimCells(others[index])]),
          ],
    ),
    ...(others === undefined ? [] : ['', ungroupedNote(ungrouped)]),
    '',
    'A worker alone is driven over its socket as the bridge does, plain Node over a socket of the same kind by an equally simple client: the same handler, nothing in front. mod_wsgi runs in daemon mode, as mod_wsgi-express sets it up.',
  ];
}

function aimCells({ measured, unit, isMet }) {
  if (measured === undefined) return ['not measured', NONE, NONE];
  const { median, min, max } = measured;
  const digits = unit === '×' ? 2 : 0;
  const [middle, low, high] = [median, min, max].map((value) => value.toFixed(digits));
  return [`${middle} ${unit}`, `${low} to ${high}`, isMet ? 'yes' : '**no**'];
}

function ungroupedNote({ machine: { date } }) {
  return `Linux gave each session the same share of the processors, whatever it needed (\`kernel.sched_autogroup_enabled=1\`): httpd, the app and the load generator competed as groups. Services in control groups, of systemd or in containers, do not. The columns *without autogroups* are of a shorter run with it switched off, on ${date}.`;
}

export function startSection({ starts, memoryAtRest }) {
  const rows = startedHosts(starts).map((name) => [
    name,
    formatSpread(summarize(starts.node[name]), 0),
    String(starts.node[name].length),
    ...['pssMiB', 'privateMiB'].map((key) => median(memoryAtRest.node[name].map((each) => each[key]))),
  ]);
  const typescript = Object.entries(starts.typescript ?? {}).flatMap(([name, startsMs]) => [
    '',
    `An app in TypeScript (\`examples/hello/app.ts\`) under ${name}: ${formatSpread(summarize(startsMs), 0)} ms, median of ${startsMs.length}.`,
  ]);
  return [
    '## Start, and memory at rest',
    '',
    'From the command to the first 200 of the app in JavaScript, each host in turn. Memory soon after that, of every process.',
    '',
    ...markdownTable([['', 'start ms', 'starts', 'PSS MiB', 'private MiB'], ...rows]),
    ...typescript,
  ];
}

export function reloadSection({ reloads, starts }) {
  if (Object.keys(reloads).length === 0) return [];
  const rows = startedHosts(starts)
    .filter((name) => !takes(name, 'static'))
    .map((name) => [name, ...reloadCells(reloads[name])]);
  return [
    '## Reload',
    '',
    'While 16 connections ask for answers that take the app 50 ms, so that every process has requests running. The time is from the command to the later of two moments: the command has ended with success, and the first answer has come after which a new process gives all of them. Failed are requests without an answer or with another status than 200, from the command to half a second after the reload, of all rounds; longest is the slowest of the others.',
    '',
    `${NONE}: there is no command that replaces the app without a gap. PM2: \`pm2 reload\`; Passenger: \`passenger-config restart-app\`; mod_wsgi: its script is touched, which it notices at the next request.`,
    '',
    ...markdownTable([['', 'ms', 'command ms', 'rounds', 'longest ms', 'requests', 'failed'], ...rows]),
  ];
}

export function idleSection({ idle }) {
  if (idle === undefined) return [];
  const rows = Object.entries(idle.hosts).map(([name, sample]) => [
    name,
    ...[sample.answered, sample.open].map(String),
    ...[sample.atRest.pssMiB, sample.during.pssMiB].map((mib) => mib.toFixed(0)),
    ((1024 * (sample.during.pssMiB - sample.atRest.pssMiB)) / Math.max(1, sample.open)).toFixed(1),
    sample.answerMs === null ? 'not answered' : `${sample.answerMs.toFixed(0)} ms`,
  ]);
  return [
    `## ${idle.connections.toLocaleString('en')} idle connections`,
    '',
    `Each sends one request and then says nothing. Answered: how many got their answer, of ${idle.connections.toLocaleString('en')}; open: how many of those were still open when the last was answered. httpd closes the idle ones after two seconds, and sooner when it runs out of threads.`,
    '',
    ...markdownTable([
      ['', 'answered', 'open', 'PSS MiB at rest', 'with them', 'KiB each', 'one more request'],
      ...rows,
    ]),
  ];
}

/** In the order of every table. */
function startedHosts({ node = {} }) {
  return Object.keys(hosts).filter((name) => name in node);
}

function reloadCells(samples) {
  if (samples === undefined) return Array(6).fill(NONE);
  const sum = (list) => String(list.reduce((total, count) => total + count, 0));
  return [
    formatSpread(summarize(samples.reloadMs), 0),
    formatSpread(summarize(samples.commandMs), 0),
    String(samples.reloadMs.length),
    median(samples.longestAnswerMs),
    sum(samples.requests),
    sum(samples.failures),
  ];
}

function median(values) {
  return summarize(values).median.toFixed(0);
}
