/**
 * The oracle: one corpus of requests, sent over raw sockets to the same app under plain Node and under `express
 * start-server`. What the app saw and what its clients got is the same, but for the differences of differences.ts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { ExpressServer } from '../support/express-server.ts';
import { PlainServer } from '../support/plain-server.ts';
import { corpus } from './corpus/index.ts';
import { type Delta, findDelta } from './delta.ts';
import { describeDifferences } from './describe-differences.ts';
import { differences, expectHere, reasonsOf } from './differences.ts';
import type { Outcome } from './outcome.ts';
import { runCorpus } from './run-corpus.ts';

const app = path.join(import.meta.dirname, '../fixtures/apps/conformance.mjs');
const recordedFile = path.join(import.meta.dirname, 'recorded.json');
const documentFile = path.join(import.meta.dirname, '../../docs/differences.md');
const isUpdating = process.env['UPDATE_GOLDEN'] === '1';

const cases = Object.entries(corpus).flatMap(([theme, list]) =>
  list.map((one) => ({ theme, one, name: `${theme} ${one.title}` })),
);
/** By the name of a case: what it has that is no row's for every case. */
const recorded = JSON.parse(readFileSync(recordedFile, 'utf8')) as Record<string, Delta>;
const found: Record<string, Delta> = {};

let server: ExpressServer;
let plain: PlainServer;
let ours: readonly (Outcome | Error)[];
let oracle: readonly (Outcome | Error)[];

beforeAll(async () => {
  [server, plain] = await Promise.all([ExpressServer.start([app]), PlainServer.start(app)]);
  const list = cases.map(({ one }) => one);
  [ours, oracle] = await Promise.all([runCorpus(server, list), runCorpus(plain, list)]);
}, 90_000);

afterAll(async () => {
  if (isUpdating) writeFileSync(recordedFile, `${JSON.stringify(found, null, 1)}\n`);
  await Promise.all([server.stop(), plain.stop()]);
});

test('the corpus has at least 400 cases, each with a name of its own', () => {
  expect(cases.length).toBeGreaterThanOrEqual(400);
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});

describe.each(Object.keys(corpus))('%s', (theme) => {
  const rows = cases.map((row, index) => ({ ...row, index })).filter((row) => row.theme === theme);
  test.each(rows.map((row) => [row.one.title, row] as const))('%s', (_, { one, name, index }) => {
    const here = requireOutcome(ours[index]);
    const expected = expectHere(requireOutcome(oracle[index]), one);
    const delta = JSON.parse(
      JSON.stringify(findDelta(expected, here)).replaceAll(`case-${index}`, '{id}'),
    ) as Delta;
    if (Object.keys(delta).length > 0) {
      found[name] = delta;
      expect(reasonsOf(name)).not.toEqual([]);
    }
    if (!isUpdating) expect(delta).toEqual(recorded[name] ?? {});
  });
});

describe('the table of differences', () => {
  test.each(differences.map((row) => [row.here, row] as const))(
    'shows somewhere: %s',
    (_, { change, cases: names }) => {
      if (names !== undefined)
        expect(Object.keys(recorded).filter((name) => names.test(name))).not.toEqual([]);
      else if (change !== undefined) {
        const differing = cases.filter(({ one }, index) => {
          const outcome = oracle[index];
          return (
            outcome !== undefined &&
            !(outcome instanceof Error) &&
            Object.keys(findDelta(outcome, change(outcome, one))).length > 0
          );
        });
        expect(differing).not.toEqual([]);
      }
    },
  );

  test('is the one in the documentation', () => {
    const text = readFileSync(documentFile, 'utf8');
    const updated = describeDifferences(text, differences);
    if (isUpdating) writeFileSync(documentFile, updated);
    else expect(text).toBe(updated);
  });
});

function requireOutcome(outcome: Outcome | Error | undefined): Outcome {
  if (outcome === undefined) throw new Error('the case did not run');
  if (outcome instanceof Error) throw outcome;
  return outcome;
}
