// What a request costs the main thread of a worker, and that of plain Node, driven in the same way with nothing in front.
// usage: node bench/loop.mjs [--rounds N] [--seconds N] [--concurrency N] [--connections N]
import { runInterruptibly } from './lib/interruption.mjs';
import { readCount, readOptions } from './lib/read-options.mjs';
import { summarizeRatio } from './lib/statistics.mjs';
import { printTable } from './lib/table.mjs';
import { compareAlone } from './lib/worker-alone.mjs';

const number = (value) => ({ type: 'string', default: value });
const values = readOptions({
  rounds: number('9'),
  seconds: number('1'),
  concurrency: number('32'),
  connections: { type: 'string' },
});
const options = Object.fromEntries(
  Object.entries(values).map(([name, value]) => [name, readCount(name, value)]),
);

await runInterruptibly(async () => {
  const result = await compareAlone(options);
  printTable(result, 'plain node');
  const [worker, plain] = ['worker', 'plain node'].map((name) => result.hosts[name].samples.mainUsPerRequest);
  const { median, min, max } = summarizeRatio(worker, plain);
  console.log(
    `\nmain thread, worker to plain node: ${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)} of ${options.rounds} rounds)`,
  );
});
