/** A long body on a shared connection is read from the connection behind it, once that is lent. */
import { beforeEach, describe, expect, test } from '@jest/globals';

import {
  type BodyBorrower,
  type BodyLoan,
  BORROW_FROM_BYTES,
  decodeNumber,
  encodeBeginRequest,
  encodeRecord,
  type Lender,
  RecordType,
  Role,
  SharedRecordType,
  WINDOW_BYTES,
} from '../src/index.ts';
import { feedings } from './feedings.ts';
import { abort, agreement, begin, LoggedResponder, params, stdin } from './request-log.ts';

/** The request's id on httpd's connection; on the shared one it is 1. */
const LENT_ID = 9;

/** Gives out one number; the test lends. */
class ScriptedLender implements Lender {
  borrower: BodyBorrower | undefined;
  expect(): number {
    throw new Error('no response is long');
  }
  expectBody(borrower: BodyBorrower): number {
    this.borrower = borrower;
    return 7;
  }
  forget(): void {
    this.borrower = undefined;
  }
}

/** What the test says was read; events in order. */
class ScriptedLoan implements BodyLoan {
  readonly requestId = LENT_ID;
  readonly events: string[] = [];
  unread: Buffer[] = [];
  start(): void {
    this.events.push('start');
  }
  pause(): void {
    this.events.push('pause');
  }
  resume(): void {
    this.events.push('resume');
  }
  giveBack(): readonly Buffer[] {
    this.events.push('given back');
    return this.unread;
  }
}

let lender: ScriptedLender;
let loan: ScriptedLoan;
let responder: LoggedResponder;

const announce = (bytes: number): Buffer => params(1, [['CONTENT_LENGTH', String(bytes)]]);

beforeEach(() => {
  lender = new ScriptedLender();
  loan = new ScriptedLoan();
  responder = new LoggedResponder({ lender }).push(agreement, begin(1), announce(BORROW_FROM_BYTES + 1));
  responder.output.writes.length = 0;
});

/** Types of the records that were sent, with the contents of remainders. */
function sent(): string[] {
  const names = Object.entries({ ...RecordType, ...SharedRecordType });
  return responder.output.records.map(({ type, content }) => {
    const name = names.find(([, number]) => number === type)?.[0] ?? String(type);
    return type === SharedRecordType.Remainder ? `${name} ${content.length}` : name;
  });
}

/** The bytes that were given back. */
function remainder(): Buffer {
  const records = responder.output.records.filter(({ type }) => type === SharedRecordType.Remainder);
  return Buffer.from(records.map(({ content }) => content).join(''), 'latin1');
}

/** What the bridge says when it lends. */
function lendRecords(read: Buffer = Buffer.alloc(0)): Buffer[] {
  const end = encodeRecord(SharedRecordType.Remainder, 1);
  return read.length === 0 ? [end] : [encodeRecord(SharedRecordType.Remainder, 1, read), end];
}

/** The request asks and is lent the connection. */
function lend(read?: Buffer): BodyBorrower {
  responder.push(stdin(1, 'a'), ...lendRecords(read));
  const { borrower } = lender;
  if (borrower === undefined) throw new Error('the request has not asked');
  borrower.receiveBodyLoan(loan);
  return borrower;
}

const lent = (text: string): Buffer => stdin(LENT_ID, text);

test('it asks at the first byte, and reads the rest from what it is lent', () => {
  const borrower = lend();
  expect(sent()).toEqual(['Read']);
  expect(decodeNumber(Buffer.from(responder.output.records[0]?.content ?? '', 'latin1'))).toBe(7);
  expect(loan.events).toEqual(['start']);
  borrower.receiveBytes(Buffer.concat([lent('b'), lent('c')]));
  expect(responder.log.at(-1)).toBe('1 stdin "abc');
});

test('what the bridge has read of a record is its beginning, wherever that was cut', () => {
  const record = lent('bcdef');
  for (let cut = 0; cut < record.length; cut += 1) {
    responder = new LoggedResponder({ lender }).push(agreement, begin(1), announce(BORROW_FROM_BYTES + 1));
    lend(record.subarray(0, cut)).receiveBytes(record.subarray(cut));
    expect(responder.log.at(-1)).toBe('1 stdin "abcdef');
  }
});

test.each(['loan', 'remainder'])(
  'it reads when both the loan and its remainder are there, the %s last',
  (last) => {
    responder.push(stdin(1, 'a'));
    const { borrower } = lender;
    if (last === 'loan') responder.push(...lendRecords());
    else borrower?.receiveBodyLoan(loan);
    expect(loan.events).toEqual([]);
    if (last === 'loan') borrower?.receiveBodyLoan(loan);
    else responder.push(...lendRecords());
    expect(loan.events).toEqual(['start']);
  },
);

test('the end of STDIN is given back unread, with what follows it, and comes over the link', () => {
  const message = Buffer.concat([lent('b'), lent(''), begin(LENT_ID)]);
  for (const chunks of feedings(message)) {
    loan = new ScriptedLoan();
    responder = new LoggedResponder({ lender }).push(agreement, begin(1), announce(BORROW_FROM_BYTES + 1));
    const borrower = lend();
    for (const chunk of chunks)
      if (loan.events.includes('given back')) loan.unread.push(chunk);
      else borrower.receiveBytes(chunk);
    const rest = Buffer.concat([remainder(), ...loan.unread]);
    expect(rest).toEqual(message.subarray(lent('b').length));
    expect(sent().at(-1)).toBe('Remainder 0');
    responder.push(stdin(1));
    expect(responder.log.at(-1)).toBe('1 stdin end');
  }
});

test('an end of the request in the middle of a chunk gives back what is after it, before END_REQUEST', () => {
  const borrower = lend();
  responder.request.onStdin = () => {
    responder.request.end(Buffer.from('done'));
  };
  loan.unread = [Buffer.from('kernel')];
  borrower.receiveBytes(Buffer.concat([lent('b'), lent('c'), Buffer.from([1, 5])]));
  expect(sent().slice(1)).toEqual([`Remainder ${9 + 2 + 6}`, 'Remainder 0', 'Stdout', 'EndRequest']);
  expect(remainder()).toEqual(Buffer.concat([lent('c'), Buffer.from([1, 5]), Buffer.from('kernel')]));
});

test('a loan that is over is given back, once', () => {
  const borrower = lend();
  borrower.receiveBytes(lent('bcd').subarray(0, 9));
  borrower.bodyLoanOver();
  expect(remainder()).toEqual(lent('bcd').subarray(0, 9));
  expect(sent()).toEqual(['Read', 'Remainder 9', 'Remainder 0']);
  borrower.bodyLoanOver();
  expect(sent()).toHaveLength(3);
});

test('it is asked for again when a window has come over the link, and enough is to come', () => {
  responder = new LoggedResponder({ lender }).push(agreement, begin(1), announce(2 * BORROW_FROM_BYTES));
  lend().bodyLoanOver();
  responder.output.writes.length = 0;
  const piece = 'x'.repeat(WINDOW_BYTES / 4);
  for (let count = 0; count < 3; count += 1) responder.push(stdin(1, piece));
  expect(sent()).not.toContain('Read');
  responder.push(stdin(1, piece));
  expect(sent()).toContain('Read');
});

test.each([
  ['a short body', announce(BORROW_FROM_BYTES - 1)],
  ['a body of unknown length', params(1)],
  ['a length that is none', params(1, [['CONTENT_LENGTH', 'long']])],
])('%s does not ask', (_what, parameters) => {
  const other = new LoggedResponder({ lender }).push(agreement, begin(1), parameters, stdin(1, 'a'));
  expect(other.output.records.map(({ type }) => type)).not.toContain(SharedRecordType.Read);
});

test('without a lender, and on a connection that is not shared, there is nothing to ask', () => {
  const alone = new LoggedResponder().push(
    agreement,
    begin(1),
    announce(BORROW_FROM_BYTES + 1),
    stdin(1, 'a'),
  );
  const unshared = new LoggedResponder({ lender }).push(
    begin(1),
    announce(BORROW_FROM_BYTES + 1),
    stdin(1, 'a'),
  );
  for (const { output } of [alone, unshared])
    expect(output.records.map(({ type }) => type)).not.toContain(SharedRecordType.Read);
});

test('a body that comes over the link meanwhile is not waited for any more', () => {
  responder.push(stdin(1, 'a'), stdin(1, 'b'.repeat(60_000)), stdin(1));
  expect(lender.borrower).toBeUndefined();
  expect(responder.log.at(-1)).toBe('1 stdin end');
});

test('an owner that wants nothing stops the reading, and a loan that comes meanwhile', () => {
  responder.push(stdin(1, 'a'));
  responder.request.pauseStdin();
  responder.push(...lendRecords());
  lender.borrower?.receiveBodyLoan(loan);
  responder.request.resumeStdin();
  responder.request.pauseStdin();
  expect(loan.events).toEqual(['start', 'pause', 'resume', 'pause']);
});

describe('a request that ends', () => {
  test('before it is lent says nothing of a remainder, whatever has come of the loan', () => {
    for (const has of ['nothing', 'the loan', 'the remainder']) {
      loan = new ScriptedLoan();
      responder = new LoggedResponder({ lender }).push(agreement, begin(1), announce(BORROW_FROM_BYTES + 1));
      responder.output.writes.length = 0;
      responder.push(stdin(1, 'a'));
      if (has === 'the loan') lender.borrower?.receiveBodyLoan(loan);
      if (has === 'the remainder') responder.push(...lendRecords(Buffer.from('x')));
      responder.request.end(Buffer.from('done'));
      expect(sent()).toEqual(['Read', 'Stdout', 'EndRequest']);
      expect(loan.events).toEqual(has === 'the loan' ? ['given back'] : []);
      expect(lender.borrower === undefined).toBe(has !== 'the loan');
      responder.push(...lendRecords()); // on its way already
      expect(sent()).toHaveLength(3);
    }
  });

  test('by being abandoned gives the loan back before', () => {
    lend();
    responder.request.abandon();
    expect(sent()).toEqual(['Read', 'Remainder 0', 'EndRequest']);
  });

  test.each([
    ['whose client is gone', encodeRecord(SharedRecordType.Gone, 1)],
    ['whose deadline has passed', abort(1)],
  ])('for one %s drops the loan, of which nobody wants the rest', (_who, record) => {
    const borrower = lend();
    responder.push(record);
    expect(loan.events).toEqual(['start', 'given back']);
    expect(remainder()).toHaveLength(0);
    borrower.receiveBytes(lent('b'));
    expect(responder.log.at(-1)).toBe('1 abort');
  });
});

test('a connection that makes no sense takes the link with it: nobody knows where its next request begins', () => {
  const borrower = lend();
  borrower.receiveBytes(Buffer.from('GET / HTTP/1.1\r\n'));
  expect(responder.output.state).toBe('destroyed');
  expect(responder.log.at(-1)).toBe('1 abort');
});

test('what a handler throws is thrown', () => {
  const borrower = lend();
  responder.request.onStdin = () => {
    throw new Error('of the app');
  };
  expect(() => {
    borrower.receiveBytes(lent('b'));
  }).toThrow('of the app');
  expect(responder.output.state).toBe('destroyed');
});

test('a record of another request is not taken for content', () => {
  const borrower = lend();
  borrower.receiveBytes(stdin(LENT_ID + 1, 'b'));
  expect(responder.log.at(-1)).toBe('1 stdin "a');
  expect(remainder()).toEqual(stdin(LENT_ID + 1, 'b'));
});

test('BEGIN_REQUEST after the body is given back whole', () => {
  const borrower = lend();
  const next = encodeBeginRequest({ requestId: LENT_ID, role: Role.Responder, keepConnection: true });
  borrower.receiveBytes(next);
  expect(remainder()).toEqual(next);
});
