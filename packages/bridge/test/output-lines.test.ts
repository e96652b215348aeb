import { expect, test } from '@jest/globals';

import { formatForTerminal, formatOutput } from '../src/output-lines.ts';

const line = {
  at: new Date('2026-01-02T03:04:05.678Z'),
  origin: 'app',
  level: 'info' as const,
  pid: 7,
  name: 'worker 3',
  cutBytes: 0,
};
const head = '[2026-01-02T03:04:05.678Z] [app:info] [pid 7] [worker 3]';

test.each<[string, string | Buffer, string]>([
  ['a line', 'hello', ' hello'],
  ['what looks like a line of the log', 'a\n[core:error] forged', ' a\n    [core:error] forged'],
  ['a carriage return', 'a\rb\r\nc', ' a\\x0db\n    c'],
  ['an escape sequence', 'a\x1b[2Jb', ' a\\x1b[2Jb'],
  ['other controls', '\x00\x07\x7f\x9b\u2028\t.', ' \\x00\\x07\\x7f\\x9b\\u2028\t.'],
  ['what is no UTF-8', Buffer.from([0x61, 0xff, 0x62]), ' a\ufffdb'],
  ['a line that is too long', 'x'.repeat(10_000), ` ${'x'.repeat(8192)}… (1808 more characters)`],
])('%s is shown on lines of its own', (_what, text, shown) => {
  expect(formatOutput({ ...line, bytes: Buffer.from(text) })).toBe(`${head}${shown}\n`);
});

test('the request is named, and what was left out', () => {
  expect(formatOutput({ ...line, request: 'Zx1', bytes: Buffer.from('a'), cutBytes: 9 })).toBe(
    `${head} [request Zx1] a\n    … (9 more bytes)\n`,
  );
});

test('at a terminal colours stay, and nothing else that moves the cursor', () => {
  const text = formatForTerminal({ ...line, bytes: Buffer.from('\x1b[31mred\x1b[0m \x1b[2J\x1b]0;t\x07') });
  expect(text).toMatch(/^\d\d:\d\d:\d\d worker 3: /);
  expect(text).toContain('worker 3: \x1b[31mred\x1b[0m \\x1b[2J\\x1b]0;t\\x07');
});
