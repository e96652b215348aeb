/**
 * What a worker costs before its first request, as ratios to plain Node with the same loader in the same minute. CPU time
 * and memory, not the clock, and the best of many starts: a busy machine only adds to each of them.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect, test } from '@jest/globals';

type Measured = Readonly<Record<'cpuMs' | 'privateMiB', readonly number[]>>;

const { compareStarts } = (await import(
  pathToFileURL(path.join(import.meta.dirname, '../../bench/lib/typescript-start.mjs')).href
)) as {
  compareStarts: (options: {
    node: string;
    rounds: number;
    processes: number;
  }) => Promise<Readonly<Record<'plain' | 'worker', Measured>>>;
};

/** The aim of the project; measured: 1.0 to 1.2. */
const MAX_CPU_RATIO = 1.3;
/** Measured: 0.96 to 1.02, as Node goes. */
const MAX_MEMORY_RATIO = 1.07;

const measured = compareStarts({ node: process.execPath, rounds: 3, processes: 4 });

test('an Express app in TypeScript is ready for little more CPU time than under node --import tsx', async () => {
  const { plain, worker } = await measured;
  expect(Math.min(...worker.cpuMs) / Math.min(...plain.cpuMs)).toBeLessThan(MAX_CPU_RATIO);
}, 60_000);

test('four workers take hardly more memory than four such processes', async () => {
  const { plain, worker } = await measured;
  const ratio = Math.min(...worker.privateMiB) / Math.min(...plain.privateMiB);
  expect(ratio).toBeLessThan(MAX_MEMORY_RATIO);
}, 60_000);
