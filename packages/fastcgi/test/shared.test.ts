/** What GET_VALUES can agree on beyond FastCGI 1.0: requests that share a connection have credit, and end alone. */
import { describe, expect, test } from '@jest/globals';

import {
  ABANDONED,
  CREDIT_BYTES,
  decodeNumber,
  decodeEndRequest,
  encodeCredit,
  encodeNameValues,
  encodeRecord,
  readdressRecords,
  RecordType,
  SharedRecordType,
  SHARING,
  STREAM_CONTENT_BYTES,
  WINDOW_BYTES,
} from '../src/index.ts';
import { parseAll } from './recorded-output.ts';
import { agreement, begin, LoggedResponder, params, stdin } from './request-log.ts';

const gone = (id: number) => encodeRecord(SharedRecordType.Gone, id);
const latin1 = (text: string) => Buffer.from(text, 'latin1');

/** A shared connection with these requests open. */
function share(...ids: readonly number[]): LoggedResponder {
  const responder = new LoggedResponder().push(agreement);
  responder.output.writes.length = 0;
  for (const id of ids) responder.push(begin(id), params(id));
  return responder;
}

function sentBytes(responder: LoggedResponder, id: number): number {
  const stdout = responder.output.records.filter(
    ({ type, requestId }) => type === RecordType.Stdout && requestId === id,
  );
  return stdout.reduce((sum, { content }) => sum + content.length, 0);
}

/** Requests that were ended, as `id protocolStatus`. */
function endings(responder: LoggedResponder): string[] {
  return responder.output.records
    .filter(({ type }) => type === RecordType.EndRequest)
    .map(({ requestId, content }) => `${requestId} ${decodeEndRequest(latin1(content)).protocolStatus}`);
}

function credits(responder: LoggedResponder): string[] {
  return responder.output.records
    .filter(({ type }) => type === SharedRecordType.Credit)
    .map(({ requestId, content }) => `${requestId} ${decodeNumber(latin1(content))}`);
}

test('GET_VALUES that asks for sharing is told the window', () => {
  const [answer] = new LoggedResponder().push(agreement).output.records;
  expect(answer).toMatchObject({ type: RecordType.GetValuesResult, requestId: 0 });
  expect(answer?.content).toBe(encodeNameValues([[SHARING, String(WINDOW_BYTES)]]).toString('latin1'));
});

test('GET_VALUES without names is answered behind what the requests before it wrote', () => {
  const responder = new LoggedResponder({}, (request) => {
    request.end(Buffer.from('now'));
  }).push(agreement);
  responder.output.writes.length = 0;
  responder.push(Buffer.concat([begin(1), params(1), encodeRecord(RecordType.GetValues, 0)]));
  expect(responder.output.records.map(({ type }) => type)).toEqual([
    RecordType.Stdout,
    RecordType.EndRequest,
    RecordType.GetValuesResult,
  ]);
});

test.each([
  { what: 'credit', record: encodeCredit(1, 10) },
  { what: 'the end of a client', record: gone(1) },
])('without the agreement $what breaks the protocol', ({ record }) => {
  const responder = new LoggedResponder().push(begin(1), params(1), record);
  expect(responder.errors).toMatchObject([{ code: 'ERR_FASTCGI_PROTOCOL' }]);
});

test('without the agreement a response has no window', () => {
  const responder = new LoggedResponder().push(begin(1), params(1));
  responder.request.end(Buffer.alloc(3 * WINDOW_BYTES));
  expect(sentBytes(responder, 1)).toBe(3 * WINDOW_BYTES);
});

test('more requests may be open than on a connection that is not shared', () => {
  const responder = share(...Array.from({ length: 300 }, (_, index) => index + 1));
  expect(responder.requests).toHaveLength(300);
  expect(endings(responder)).toEqual([]);
});

describe('STDOUT', () => {
  test('beyond the window waits for credit, and END_REQUEST behind it', () => {
    const responder = share(1);
    responder.request.end(Buffer.alloc(2 * WINDOW_BYTES), 0, 0);
    expect(responder.request.ended).toBe(true);
    expect(sentBytes(responder, 1)).toBe(WINDOW_BYTES);
    responder.push(encodeCredit(1, STREAM_CONTENT_BYTES));
    expect(sentBytes(responder, 1)).toBe(WINDOW_BYTES + STREAM_CONTENT_BYTES);
    expect(endings(responder)).toEqual([]);
    responder.push(encodeCredit(1, WINDOW_BYTES));
    expect(sentBytes(responder, 1)).toBe(2 * WINDOW_BYTES);
    expect(endings(responder)).toEqual(['1 0']);
  });

  test('that waits leaves in whole records, whatever the credit', () => {
    const responder = share(1);
    responder.request.writeStdout(Buffer.alloc(1000));
    responder.request.writeStdout(Buffer.alloc(2 * WINDOW_BYTES));
    for (let bytes = 0; bytes < 2 * WINDOW_BYTES; bytes += 50_000) responder.push(encodeCredit(1, 50_000));
    const sizes = responder.output.records.map(({ content }) => content.length);
    expect(sizes).toEqual([1000, ...Array.from({ length: 8 }, () => STREAM_CONTENT_BYTES)]);
  });

  test('is sent in the order it was written, and each callback with the last of its bytes', () => {
    const responder = share(1);
    const called: string[] = [];
    const note = (name: string) => () => called.push(name);
    expect(responder.request.writeStdout(Buffer.alloc(WINDOW_BYTES, 'a'), note('a'))).toBe(true);
    expect(responder.request.writeStdout(Buffer.alloc(10, 'b'), note('b'))).toBe(false);
    responder.request.writeStdout(Buffer.alloc(10, 'c'), note('c'));
    responder.request.end(Buffer.alloc(0), 0, 0, note('end'));
    responder.push(encodeCredit(1, 15));
    expect(called).toEqual(['a', 'b']);
    responder.push(encodeCredit(1, 5));
    expect(called).toEqual(['a', 'b', 'c', 'end']);
    const stdout = responder.output.records.filter(({ type }) => type === RecordType.Stdout);
    expect(stdout.map(({ content }) => content.replace(/(.)\1+/g, '$1')).join('')).toMatch(/^a+b+c+$/);
  });

  test('in several buffers fills records across them, before and behind the window', () => {
    const responder = share(1);
    const called: string[] = [];
    const content = [Buffer.alloc(1000, 'a'), Buffer.alloc(WINDOW_BYTES + 500, 'b'), Buffer.alloc(10, 'c')];
    responder.request.end(content, 0, 0, () => called.push('end'));
    expect(sentBytes(responder, 1)).toBe(WINDOW_BYTES);
    expect(called).toEqual([]);
    responder.push(encodeCredit(1, WINDOW_BYTES));
    const stdout = responder.output.records.filter(({ type }) => type === RecordType.Stdout);
    expect(stdout.map(({ content: { length } }) => length)).toEqual([
      ...Array.from({ length: 4 }, () => STREAM_CONTENT_BYTES),
      1510,
    ]);
    expect(stdout.map((record) => record.content).join('')).toBe(Buffer.concat(content).toString());
    expect([called, endings(responder)]).toEqual([['end'], ['1 0']]);
  });

  test('of one request that waits holds up no other', () => {
    const responder = share(1, 2);
    responder.requests[0]?.end(Buffer.alloc(2 * WINDOW_BYTES));
    responder.requests[1]?.end(Buffer.from('quick'));
    expect(endings(responder)).toEqual(['2 0']);
  });

  test('that waits is dropped with an error when the connection closes', () => {
    const responder = share(1);
    const errors: unknown[] = [];
    responder.request.end(Buffer.alloc(WINDOW_BYTES + 1), 0, 0, (error) => errors.push(error));
    responder.connection.closed();
    expect(errors).toMatchObject([{ code: 'ERR_FASTCGI_CONNECTION_CLOSED' }]);
    responder.push(encodeCredit(1, 10));
    expect(endings(responder)).toEqual([]);
  });

  test('credit for a request that is over is no error', () => {
    const responder = share(1);
    responder.request.end();
    responder.push(encodeCredit(1, 1));
    expect(responder.errors).toEqual([]);
  });
});

describe('STDIN', () => {
  const piece = 'x'.repeat(65_528);

  test('that was taken gives credit, in large amounts', () => {
    const responder = share(1).push(stdin(1, piece));
    expect(credits(responder)).toEqual([]);
    responder.push(stdin(1, piece));
    expect(credits(responder)).toEqual([`1 ${CREDIT_BYTES}`]);
  });

  test('gives none while the owner wants no more, and all of it afterwards', () => {
    const responder = share(1, 2);
    responder.requests[0]?.pauseStdin();
    responder.push(stdin(1, piece), stdin(1, piece), stdin(2, piece), stdin(2, piece));
    expect(credits(responder)).toEqual([`2 ${CREDIT_BYTES}`]);
    responder.requests[0]?.resumeStdin();
    expect(credits(responder)).toEqual([`2 ${CREDIT_BYTES}`, `1 ${CREDIT_BYTES}`]);
  });

  test('of a connection that is not shared is paused as a whole', () => {
    const calls: string[] = [];
    const responder = new LoggedResponder({
      pause: () => calls.push('pause'),
      resume: () => calls.push('resume'),
    }).push(begin(1), params(1), stdin(1, piece), stdin(1, piece));
    responder.request.pauseStdin();
    responder.request.resumeStdin();
    expect(calls).toEqual(['pause', 'resume']);
    expect(credits(responder)).toEqual([]);
  });
});

describe('a client that is gone', () => {
  test('aborts its request alone, which is answered END_REQUEST at once', () => {
    const responder = share(1, 2).push(gone(1));
    expect(responder.log.slice(2)).toEqual(['1 abort']);
    expect(responder.requests[0]?.ended).toBe(true);
    expect(responder.requests[1]?.ended).toBe(false);
    expect(endings(responder)).toEqual(['1 0']);
    expect(responder.requests[0]?.writeStdout(Buffer.from('late'))).toBe(false);
    responder.requests[0]?.end(Buffer.from('late'));
    expect(endings(responder)).toEqual(['1 0']);
  });

  test('drops what waits for credit', () => {
    const responder = share(1);
    const errors: unknown[] = [];
    responder.request.end(Buffer.alloc(WINDOW_BYTES + 1), 0, 0, (error) => errors.push(error));
    responder.push(gone(1));
    expect(errors).toHaveLength(1);
    expect(endings(responder)).toEqual(['1 0']);
    expect(sentBytes(responder, 1)).toBe(WINDOW_BYTES);
  });

  test('of a request that is over, or not yet announced, is no error', () => {
    const responder = share(1);
    responder.request.end();
    responder.push(gone(1), begin(2), gone(2), params(2));
    expect(responder.errors).toEqual([]);
    expect(endings(responder)).toEqual(['1 0', '2 0']);
    expect(responder.log.slice(1)).toEqual([]);
  });
});

test('an abandoned response ends with ABANDONED, and the other requests go on', () => {
  const responder = share(1, 2);
  responder.requests[0]?.writeStdout(Buffer.from('half'));
  responder.requests[0]?.abandon();
  responder.requests[1]?.end();
  expect(endings(responder)).toEqual([`1 ${ABANDONED}`, '2 0']);
  expect(responder.output.state).toBe('open');
});

test('records are given to another request in place, padding and all', () => {
  const records = Buffer.concat([
    begin(1),
    encodeRecord(RecordType.Params, 1, Buffer.from('pairs'), 7),
    stdin(1),
  ]);
  readdressRecords(records, 0x1234);
  expect(
    parseAll([records]).map(({ type, requestId, content }) => [type, requestId, content.length]),
  ).toEqual([
    [RecordType.BeginRequest, 0x1234, 8],
    [RecordType.Params, 0x1234, 5],
    [RecordType.Stdin, 0x1234, 0],
  ]);
});
