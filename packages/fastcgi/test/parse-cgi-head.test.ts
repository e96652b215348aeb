import { describe, expect, test } from '@jest/globals';

import { MAX_CGI_HEAD_BYTES, parseCgiHead } from '../src/index.ts';

const parse = (text: string) => {
  const head = parseCgiHead(Buffer.from(text, 'latin1'));
  return head && { ...head, headers: Object.fromEntries(head.headers) };
};

describe('parseCgiHead', () => {
  test.each([
    {
      what: 'CRLF',
      text: 'Status: 404 Not Found\r\nA: b\r\n\r\nbody',
      head: [404, 'Not Found', { a: ['b'] }, 31],
    },
    { what: 'LF', text: 'Status: 404 Not Found\nA: b\n\nbody', head: [404, 'Not Found', { a: ['b'] }, 28] },
    { what: 'both line ends', text: 'A: 1\r\nB: 2\n\r\n', head: [200, '', { a: ['1'], b: ['2'] }, 13] },
    { what: 'a status without reason', text: 'Status: 204\r\n\r\n', head: [204, '', {}, 15] },
    { what: 'a status of 999', text: 'Status: 999 Odd: reason\n\n', head: [999, 'Odd: reason', {}, 25] },
    { what: 'no status', text: 'Content-Type: x\n\n', head: [200, '', { 'content-type': ['x'] }, 17] },
    { what: 'a location only', text: 'Location: /x\n\n', head: [302, '', { location: ['/x'] }, 14] },
    {
      what: 'a location with status',
      text: 'Location: /x\nStatus: 201\n\n',
      head: [201, '', { location: ['/x'] }, 26],
    },
    { what: 'repeated names', text: 'S: 1\ns: 2\n\n', head: [200, '', { s: ['1', '2'] }, 11] },
    {
      what: 'spaces around values',
      text: 'A: \t b c \t\nB:\n\n',
      head: [200, '', { a: ['b c'], b: [''] }, 15],
    },
    { what: 'latin1 values', text: 'A: \xe9\n\n', head: [200, '', { a: ['\xe9'] }, 6] },
    { what: 'no header at all', text: '\r\nbody', head: [200, '', {}, 2] },
  ])('a head with $what is read', ({ text, head: [status, reason, headers, bodyOffset] }) => {
    expect(parse(text)).toEqual({ status, reason, headers, bodyOffset });
  });

  test('a head is undefined until its empty line is whole', () => {
    const text = 'Status: 200 OK\r\nA: b\r\n\r\n';
    for (let length = 0; length < text.length; length += 1)
      expect(parse(text.slice(0, length))).toBeUndefined();
    expect(parse(text)).toBeDefined();
  });

  test.each([
    { what: 'a line without colon', text: '<html>\n\n' },
    { what: 'an HTTP status line', text: 'HTTP/1.1 200 OK\r\n\r\n' },
    { what: 'a name with a space', text: 'A B: c\n\n' },
    { what: 'an empty name', text: ': c\n\n' },
    { what: 'a folded line', text: 'A: b\n c\n\n' },
    { what: 'a status that is no number', text: 'Status: OK\n\n' },
    { what: 'a status of two digits', text: 'Status: 20\n\n' },
    { what: 'a status below 100', text: 'Status: 099\n\n' },
    { what: 'no end within the limit', text: 'x'.repeat(MAX_CGI_HEAD_BYTES + 1) },
    { what: 'an end beyond the limit', text: `A: ${'x'.repeat(MAX_CGI_HEAD_BYTES)}\n\n` },
  ])('$what is refused', ({ text }) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'ERR_FASTCGI_CGI_HEAD' }));
  });
});
