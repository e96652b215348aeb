// An Express 5 app in TypeScript, in a worker and under `node --import tsx`: until it listens, and private memory.
// usage: node bench/typescript.mjs [rounds] [node]   medians, taken in turns; `node` runs both sides
import { compareStarts } from './lib/typescript-start.mjs';

const rounds = Number(process.argv[2] ?? 9);
const node = process.argv[3] ?? process.execPath;
const PROCESSES = 4;

const one = await compareStarts({ node, rounds, processes: 1 });
report('ready, ms', 'readyMs', one);
report('CPU time until then, ms', 'cpuMs', one);
const several = await compareStarts({ node, rounds: Math.ceil(rounds / 2), processes: PROCESSES });
report(`private memory of ${PROCESSES}, MiB`, 'privateMiB', several);

function report(title, figure, { plain, worker }) {
  const [a, b] = [median(plain[figure]), median(worker[figure])];
  console.log(
    `${title.padEnd(30)} node --import tsx ${a.toFixed(0).padStart(5)}   worker ${b.toFixed(0).padStart(5)}   ratio ${(b / a).toFixed(2)}`,
  );
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
