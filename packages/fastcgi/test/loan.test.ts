/** A long response on a shared connection borrows the connection behind it for what is left of STDOUT. */
import { beforeEach, describe, expect, test } from '@jest/globals';

import {
  type Borrower,
  type Content,
  BORROW_FROM_BYTES,
  decodeNumber,
  encodeCredit,
  encodeRecord,
  type Lender,
  type Loan,
  RecordType,
  type SentCallback,
  SharedRecordType,
  STREAM_CONTENT_BYTES,
  WINDOW_BYTES,
} from '../src/index.ts';
import { agreement, begin, LoggedResponder, params } from './request-log.ts';

/** Gives out numbers; the test lends. */
class ScriptedLender implements Lender {
  readonly waiting = new Map<number, Borrower>();
  expect(borrower: Borrower): number {
    this.waiting.set(7, borrower);
    return 7;
  }
  expectBody(): number {
    throw new Error('no body is long');
  }
  forget(number: number): void {
    this.waiting.delete(number);
  }
  lend(loan: Loan): void {
    const borrower = this.waiting.get(7);
    this.waiting.delete(7);
    borrower?.receiveLoan(loan);
  }
}

/** Keeps what is written; the test says when it has left. */
class ScriptedLoan implements Loan {
  written = '';
  state: 'open' | 'given back' | 'dropped' = 'open';
  readonly #callbacks: (() => void)[] = [];
  write(content: Content, callback?: SentCallback): boolean {
    this.written += [content].flat().join('');
    if (callback) this.#callbacks.push(callback);
    return false;
  }
  giveBack(done: () => void): void {
    this.#callbacks.push(() => {
      this.state = 'given back';
      done();
    });
  }
  drop(): void {
    this.state = 'dropped';
  }
  leave(): void {
    for (const callback of this.#callbacks.splice(0)) callback();
  }
}

let lender: ScriptedLender;
let loan: ScriptedLoan;
let responder: LoggedResponder;

beforeEach(() => {
  lender = new ScriptedLender();
  loan = new ScriptedLoan();
  responder = new LoggedResponder({ lender }).push(agreement, begin(1), params(1));
  responder.output.writes.length = 0;
});

/** Records of the request, in short: STDOUT as its length. */
function sent(): unknown[] {
  return responder.output.records.map(({ type, content }) =>
    type === RecordType.Stdout
      ? content.length
      : (Object.entries({ ...RecordType, ...SharedRecordType }).find(([, number]) => number === type)?.[0] ??
        type),
  );
}

const long = Buffer.alloc(STREAM_CONTENT_BYTES + BORROW_FROM_BYTES, 'x');
const rest = 'x'.repeat(BORROW_FROM_BYTES);

test('it sends one record, then asks, and sends nothing until it has it', () => {
  responder.request.writeStdout(long);
  expect(sent()).toEqual([STREAM_CONTENT_BYTES, 'Borrow']);
  const asked = responder.output.records.at(-1)?.content ?? '';
  expect(decodeNumber(Buffer.from(asked, 'latin1'))).toBe(7);
  responder.push(encodeCredit(1, WINDOW_BYTES));
  responder.request.writeStdout(Buffer.from('more'));
  expect(sent()).toHaveLength(2);
  lender.lend(loan);
  expect(loan.written).toBe(`${rest}more`);
  expect(sent()).toHaveLength(2);
});

test('END_REQUEST is sent when everything has left by the loan, callbacks called before', () => {
  const called: string[] = [];
  responder.request.writeStdout(long, () => called.push('first'));
  lender.lend(loan);
  responder.request.end(Buffer.from('last'), 0, 0, () => called.push('last'));
  expect(loan.written).toBe(`${rest}last`);
  expect(sent()).toEqual([STREAM_CONTENT_BYTES, 'Borrow']);
  loan.leave();
  expect(called).toEqual(['first', 'last']);
  expect(loan.state).toBe('given back');
  expect(sent()).toEqual([STREAM_CONTENT_BYTES, 'Borrow', 'EndRequest']);
});

test.each([
  ['while it waits for the loan', 'before'],
  ['when it has the loan', 'after'],
])('an end without content calls back, %s', (_when, order) => {
  const called: string[] = [];
  responder.request.writeStdout(long);
  if (order === 'after') lender.lend(loan);
  responder.request.end([], 0, 0, () => called.push('end'));
  if (order === 'before') lender.lend(loan);
  loan.leave();
  expect(called).toEqual(['end']);
  expect(sent().at(-1)).toBe('EndRequest');
});

test('a response that ended before the loan came leaves by it', () => {
  responder.request.end(long);
  lender.lend(loan);
  loan.leave();
  expect(loan.written).toBe(rest);
  expect(sent()).toEqual([STREAM_CONTENT_BYTES, 'Borrow', 'EndRequest']);
});

test.each([
  ['one that is not much longer than the window', WINDOW_BYTES + STREAM_CONTENT_BYTES],
  ['one within the window', WINDOW_BYTES],
])('%s does not ask', (_what, bytes) => {
  responder.request.end(Buffer.alloc(bytes));
  responder.push(encodeCredit(1, WINDOW_BYTES));
  expect(sent()).not.toContain('Borrow');
  expect(sent()).toContain('EndRequest');
});

test('one that is written in pieces asks when it has become long and is out of credit', () => {
  const piece = Buffer.alloc(STREAM_CONTENT_BYTES);
  for (let bytes = 0; bytes < 2 * BORROW_FROM_BYTES - piece.length; bytes += piece.length) {
    responder.request.writeStdout(piece);
    responder.push(encodeCredit(1, piece.length));
  }
  for (let count = 0; count < 4; count += 1) responder.request.writeStdout(piece);
  expect(sent()).not.toContain('Borrow');
  responder.request.writeStdout(piece);
  expect(sent().filter((record) => record === 'Borrow')).toHaveLength(1);
});

test('a refusal sends it back to credit for good', () => {
  responder.request.end(Buffer.concat([long, long]));
  responder.push(encodeRecord(SharedRecordType.Refuse, 1));
  expect(lender.waiting.size).toBe(0);
  for (let count = 0; count < 4; count += 1) responder.push(encodeCredit(1, 2 * WINDOW_BYTES));
  expect(sent().filter((record) => record === 'Borrow')).toHaveLength(1);
  expect(sent().at(-1)).toBe('EndRequest');
});

test('without a lender, and on a connection that is not shared, there is nothing to ask', () => {
  const alone = new LoggedResponder().push(agreement, begin(1), params(1));
  alone.request.end(Buffer.concat([long, long]));
  const unshared = new LoggedResponder({ lender }).push(begin(1), params(1));
  unshared.request.end(Buffer.concat([long, long]));
  for (const { output } of [alone, unshared])
    expect(output.records.map(({ type }) => type)).not.toContain(SharedRecordType.Borrow);
});

describe('a client that is gone', () => {
  const gone = encodeRecord(SharedRecordType.Gone, 1);

  test('while the loan is waited for, it is not waited for any more', () => {
    const errors: unknown[] = [];
    responder.request.writeStdout(long, (error) => errors.push(error));
    responder.push(gone);
    expect(lender.waiting.size).toBe(0);
    expect(errors).toHaveLength(1);
    expect(sent().at(-1)).toBe('EndRequest');
  });

  test.each(['open', 'ended'])(
    'the loan of a response that is %s is dropped, END_REQUEST sent once',
    (state) => {
      responder.request.writeStdout(long);
      lender.lend(loan);
      if (state === 'ended') responder.request.end();
      responder.push(gone);
      expect(loan.state).toBe('dropped');
      expect(sent().filter((record) => record === 'EndRequest')).toHaveLength(1);
    },
  );

  test('is noticed by the loan first: the request is aborted, and ended when the peer says so', () => {
    responder.request.writeStdout(long);
    const [borrower] = lender.waiting.values();
    lender.lend(loan);
    borrower?.loanBroken();
    expect(responder.log.at(-1)).toBe('1 abort');
    expect(responder.request.writeStdout(long)).toBe(false);
    expect(sent()).not.toContain('EndRequest');
    responder.push(gone);
    expect(sent().at(-1)).toBe('EndRequest');
  });
});

test('a response that is abandoned gives the loan up', () => {
  responder.request.writeStdout(long);
  lender.lend(loan);
  responder.request.abandon();
  expect(loan.state).toBe('dropped');
  expect(sent().at(-1)).toBe('EndRequest');
});

test('an idle loan is returned; what follows takes credit, or another', () => {
  responder.request.writeStdout(long);
  const [borrower] = lender.waiting.values();
  lender.lend(loan);
  loan.leave();
  borrower?.loanIdle();
  loan.leave();
  expect(sent()).toEqual([STREAM_CONTENT_BYTES, 'Borrow', 'Return']);
  responder.request.writeStdout(Buffer.from('later'));
  expect(sent().at(-1)).toBe(5);
  responder.request.writeStdout(long);
  expect(sent().at(-1)).toBe('Borrow');
});

test('a loan that takes no more is reported, and that it does again', () => {
  responder.request.writeStdout(long);
  const [borrower] = lender.waiting.values();
  lender.lend(loan);
  borrower?.loanStalled(true);
  borrower?.loanStalled(false);
  const reports = responder.output.records.filter(({ type }) => type === SharedRecordType.Stall);
  expect(reports.map(({ content }) => decodeNumber(Buffer.from(content, 'latin1')))).toEqual([1, 0]);
});
