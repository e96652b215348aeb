import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { loadAccessScripts } from '../src/access-scripts.ts';

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'access-scripts-'));
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

async function load(name: string, text: string) {
  const hostScript = path.join(directory, name);
  writeFileSync(hostScript, text);
  return loadAccessScripts({ access: { hostScript, groups: [], realm: 'x' } }, directory);
}

describe('a script about access', () => {
  test.each([
    ['a.mjs', 'export const allowAccess = () => true;'],
    ['b.mjs', 'export default { allowAccess: () => true };'],
    ['c.cjs', 'exports.allowAccess = () => true;'],
    ['d.cjs', 'module.exports = { default: { allowAccess: () => true }, __esModule: true };'],
  ])('is loaded from %s', async (name, text) => {
    const { allowAccess } = await load(name, text);

    expect(allowAccess?.({}, '')).toBe(true);
  });

  test('that exports nothing fitting is refused with what it exports', async () => {
    await expect(load('e.mjs', 'export const allowAcess = () => true, x = 1;')).rejects.toMatchObject({
      code: 'ERR_WORKER_SCRIPT_EXPORT',
      message: expect.stringMatching(
        /it exports allowAcess \(a function of no parameters\), x \(a number\), expected a function allowAccess/,
      ) as unknown,
    });
  });

  test('that throws is refused with its error', async () => {
    await expect(load('f.mjs', 'throw new Error("no users today")')).rejects.toMatchObject({
      code: 'ERR_WORKER_APP_THREW',
      message: expect.stringContaining('no users today') as unknown,
    });
  });
});
