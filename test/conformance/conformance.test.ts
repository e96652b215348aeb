/**
 * The oracle: one corpus of requests, sent over raw sockets to the same app under plain Node and under `express
 * start-server`. What the app saw and what its clients got is the same, but for the differences of differences.ts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { Comparison } from './comparison.ts';
import { fetchCorpus } from './corpus/fetch.ts';
import { corpus } from './corpus/index.ts';
import { type Delta, findDelta } from './delta.ts';
import { describeDifferences } from './describe-differences.ts';
import { differences, expectHere, reasonsOf } from './differences.ts';

const documentFile = path.join(import.meta.dirname, '../../docs/differences.md');
const isUpdating = process.env['UPDATE_GOLDEN'] === '1';

/** What is compared, and with at least how many cases. */
const comparisons = [
  ['a Node handler', 400, new Comparison('conformance.mjs', 'recorded.json', corpus)],
  ['a fetch app', 150, new Comparison('conformance-fetch.mjs', 'recorded-fetch.json', fetchCorpus)],
] as const;

beforeAll(async () => {
  await Promise.all(comparisons.map(([, , comparison]) => comparison.run()));
}, 120_000);

afterAll(() => {
  if (isUpdating) for (const [, , comparison] of comparisons) comparison.update();
});

describe.each(comparisons)('%s', (_, least, comparison) => {
  const { rows, recorded, found } = comparison;

  test(`has at least ${least} cases, each with a name of its own`, () => {
    expect(rows.length).toBeGreaterThanOrEqual(least);
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  });

  test.each(rows.map((row) => [row.name, row] as const))('%s', (name, row) => {
    const [plain, here] = comparison.outcomes(row);
    const expected = expectHere(plain, row.one);
    const text = JSON.stringify(findDelta(expected, here)).replaceAll(`case-${row.index}`, '{id}');
    const delta = JSON.parse(text) as Delta;
    if (Object.keys(delta).length > 0) {
      found[name] = delta;
      // A difference without a reason is shown, not only counted.
      if (reasonsOf(name).length === 0) expect(delta).toEqual({});
    }
    if (!isUpdating) expect(delta).toEqual(recorded[name] ?? {});
  });
});

describe('the table of differences', () => {
  test.each(differences.map((row) => [row.here, row] as const))(
    'shows somewhere: %s',
    (_, { change, cases }) => {
      const names = comparisons.flatMap(([, , { recorded }]) => Object.keys(recorded));
      if (cases !== undefined) expect(names.filter((name) => cases.test(name))).not.toEqual([]);
      else if (change !== undefined) expect(comparisons.some(([, , one]) => showsIn(one, change))).toBe(true);
    },
  );

  test('is the one in the documentation', () => {
    const text = readFileSync(documentFile, 'utf8');
    const updated = describeDifferences(text, differences);
    if (isUpdating) writeFileSync(documentFile, updated);
    else expect(text).toBe(updated);
  });
});

function showsIn(
  comparison: Comparison,
  change: NonNullable<(typeof differences)[number]['change']>,
): boolean {
  return comparison.rows.some((row) => {
    const [plain] = comparison.outcomes(row);
    return Object.keys(findDelta(plain, change(plain, row.one))).length > 0;
  });
}
