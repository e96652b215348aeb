import { describe, expect, test } from '@jest/globals';

import { createProgress } from '../src/progress.ts';

function record(terminal: { readonly isTTY?: boolean; readonly columns?: number }) {
  const written: string[] = [];
  return { written, progress: createProgress({ ...terminal, write: (text) => written.push(text) }) };
}

describe('progress', () => {
  test('is one plain line per step where nobody watches', () => {
    const { written, progress } = record({});
    progress.step('downloading');
    progress.step('unpacking');
    progress.done();
    expect(written).toEqual(['express: downloading\n', 'express: unpacking\n']);
  });

  test('is one line that changes on a terminal, and stays when it ends', () => {
    const { written, progress } = record({ isTTY: true, columns: 80 });
    progress.step('downloading');
    progress.step('unpacking');
    progress.done();
    progress.done();
    expect(written).toEqual(['\r\x1b[Kexpress: downloading', '\r\x1b[Kexpress: unpacking', '\n']);
  });

  test.each([
    [12, 'express: do'],
    [0, 'express: downloading'],
  ])('fits a terminal of %d columns', (columns, line) => {
    const { written, progress } = record({ isTTY: true, columns });
    progress.step('downloading');
    expect(written).toEqual([`\r\x1b[K${line}`]);
  });
});
