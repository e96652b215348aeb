import { expect, test } from '@jest/globals';

import { decideFileAnswer } from '../src/file-answer.ts';

const modifiedMs = Date.UTC(2026, 0, 1);
const modified = new Date(modifiedMs).toUTCString();
const later = new Date(modifiedMs + 60_000).toUTCString();
const earlier = new Date(modifiedMs - 60_000).toUTCString();

function decide(
  variables: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
  status = 200,
) {
  const { head, range } = decideFileAnswer({
    status,
    reason: 'Whatever',
    headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
    variables: new Map(Object.entries({ REQUEST_METHOD: 'GET', ...variables })),
    file: { bytes: 100, modifiedMs },
  });
  return { head, answer: `${/^Status: (\d+)/.exec(head)?.[1]} ${range?.start ?? ''}-${range?.end ?? ''}` };
}

test.each([
  [{}, '200 0-100'],
  [{ REQUEST_METHOD: 'HEAD', HTTP_RANGE: 'bytes=0-1' }, '200 -'],
  [{ REQUEST_METHOD: 'POST', HTTP_RANGE: 'bytes=0-1' }, '200 0-100'],
  [{ HTTP_RANGE: 'bytes=0-0' }, '206 0-1'],
  [{ HTTP_RANGE: 'bytes=10-' }, '206 10-100'],
  [{ HTTP_RANGE: 'bytes=10-999' }, '206 10-100'],
  [{ HTTP_RANGE: 'bytes=-10' }, '206 90-100'],
  [{ HTTP_RANGE: 'bytes=-999' }, '206 0-100'],
  [{ HTTP_RANGE: 'bytes=-0' }, '416 -'],
  [{ HTTP_RANGE: 'bytes=100-' }, '416 -'],
  [{ HTTP_RANGE: 'bytes=5-4' }, '200 0-100'],
  [{ HTTP_RANGE: 'bytes=-' }, '200 0-100'],
  [{ HTTP_RANGE: 'bytes=0-1,3-4' }, '200 0-100'],
  [{ HTTP_RANGE: 'lines=0-1' }, '200 0-100'],
  [{ HTTP_RANGE: 'bytes=0-1', HTTP_IF_RANGE: '"app"' }, '206 0-2'],
  [{ HTTP_RANGE: 'bytes=0-1', HTTP_IF_RANGE: 'W/"app"' }, '200 0-100'],
  [{ HTTP_RANGE: 'bytes=0-1', HTTP_IF_RANGE: modified }, '206 0-2'],
  [{ HTTP_RANGE: 'bytes=0-1', HTTP_IF_RANGE: later }, '200 0-100'],
  [{ HTTP_IF_NONE_MATCH: 'W/"app"' }, '304 -'],
  [{ HTTP_IF_NONE_MATCH: '"x", "app"' }, '304 -'],
  [{ HTTP_IF_NONE_MATCH: '*' }, '304 -'],
  [{ HTTP_IF_NONE_MATCH: '"x"', HTTP_IF_MODIFIED_SINCE: later }, '200 0-100'],
  [{ HTTP_IF_MODIFIED_SINCE: modified }, '304 -'],
  [{ HTTP_IF_MODIFIED_SINCE: earlier }, '200 0-100'],
  [{ HTTP_IF_MODIFIED_SINCE: 'nonsense' }, '200 0-100'],
  [{ HTTP_IF_MATCH: '"x"' }, '412 -'],
  [{ HTTP_IF_MATCH: '"app"' }, '200 0-100'],
  [{ HTTP_IF_UNMODIFIED_SINCE: earlier }, '412 -'],
  [{ HTTP_IF_UNMODIFIED_SINCE: later }, '200 0-100'],
])('%j is answered %s', (variables, expected) => {
  expect(decide(variables, { etag: '"app"' }).answer).toBe(expected);
});

test('an error page is sent whole', () => {
  expect(decide({ HTTP_RANGE: 'bytes=0-1', HTTP_IF_NONE_MATCH: '*' }, {}, 404).answer).toBe('404 0-100');
});

test('headers of the app stay, but for those about the body it did not send', () => {
  const { head } = decide(
    {},
    { 'x-sendfile': '/a', 'content-length': '3', 'content-type': 'text/x', etag: 'W/"1"' },
  );
  expect(head).toBe(
    [
      ...['Status: 200 Whatever', 'content-type: text/x', 'Accept-Ranges: bytes', 'ETag: W/"1"'],
      ...[`Last-Modified: ${modified}`, 'Content-Length: 100', '', ''],
    ].join('\r\n'),
  );
});
