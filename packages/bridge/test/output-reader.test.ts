import { afterEach, describe, expect, jest, test } from '@jest/globals';

import { MAX_ENTRY_BYTES, type OutputEntry, OutputReader } from '../src/output-reader.ts';

const MARK = '\x1e0123456789ab';

function marked(text: string, request = '-'): string {
  return `${MARK} ${request} ${Buffer.byteLength(text)}\n${text}`;
}

/** What the reader makes of chunks, without waiting for what is to come. */
function read(chunks: readonly (string | Buffer)[], { ends = true } = {}): string[] {
  const entries: OutputEntry[] = [];
  const reader = new OutputReader(MARK, (more) => entries.push(...more));
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  if (ends) reader.end();
  return entries.map(
    ({ request = '', bytes, cutBytes }) =>
      `${request}|${bytes.toString()}${cutBytes > 0 ? `|${cutBytes}` : ''}`,
  );
}

afterEach(() => {
  jest.useRealTimers();
});

const cases: [string, string, string[]][] = [
  ['a marked line', marked('hello\n', 'abc'), ['abc|hello']],
  [
    'marked lines of one output stay together',
    marked('one\ntwo\n\nthree\n', 'abc'),
    ['abc|one\ntwo\n\nthree'],
  ],
  ['outputs of two requests stay apart', marked('a\n', 'A') + marked('b\n', 'B'), ['A|a', 'B|b']],
  ['a line that is printed in parts is one', marked('a', 'A') + marked('b\n', 'A'), ['A|ab']],
  ['parts of two requests are two', marked('a', 'A') + marked('b\n', 'B'), ['A|a', 'B|b']],
  ['plain lines are one each', 'one\ntwo\n', ['|one', '|two']],
  [
    'a plain stack trace stays together',
    'Error: x\n    at a\n    at b\nnext\n',
    ['|Error: x\n    at a\n    at b', '|next'],
  ],
  ['plain text beside marked', `before${marked('m\n', 'A')}after\n`, ['|before', 'A|m', '|after']],
  ['an empty line', marked('\n'), ['|']],
  ['text beyond ASCII is counted in bytes', marked('añ日本🙂\n', 'A') + 'x\n', ['A|añ日本🙂', '|x']],
  ['a mark of somebody else is text', '\x1effffffffffff A 5\nhello\n', ['|\x1effffffffffff A 5', '|hello']],
  ['a mark that is not followed by a header is text', `${MARK} A B C\nx\n`, [`|${MARK} A B C`, '|x']],
  ['a mark inside a marked output is text', marked(`${marked('x\n', 'B')}y\n`, 'A'), [`A|${MARK} B 2\nx\ny`]],
];

describe.each(cases)('%s', (_title, text, entries) => {
  test('is read in one piece', () => {
    expect(read([text])).toEqual(entries);
  });

  test('is read whole however marked text is split', () => {
    const bytes = Buffer.from(text);
    for (let at = 1; at < bytes.length; at += 1) {
      const split = read([bytes.subarray(0, at), bytes.subarray(at)]);
      // Plain lines belong together only as far as they come together.
      expect(split.join('\n').replaceAll('\n|', '\n')).toBe(entries.join('\n').replaceAll('\n|', '\n'));
    }
  });
});

test('what has no end is shown after a moment', () => {
  jest.useFakeTimers();
  const entries: OutputEntry[] = [];
  const reader = new OutputReader(MARK, (more) => entries.push(...more));
  reader.push(Buffer.from(marked('enter a name: ')));
  expect(entries).toEqual([]);
  jest.advanceTimersByTime(300);
  expect(entries.map(({ bytes }) => bytes.toString())).toEqual(['enter a name: ']);
});

test('of output without end only the beginning is kept', () => {
  const [entry = '', next] = read([...Array.from({ length: 40 }, () => 'x'.repeat(10_000)), '\n', 'next\n']);
  expect(entry).toBe(`|${'x'.repeat(MAX_ENTRY_BYTES)}|${400_001 - MAX_ENTRY_BYTES}`);
  expect(next).toBe('|next');
});
