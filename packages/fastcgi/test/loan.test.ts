/** A long response on a shared connection borrows the connection behind it for what is left of STDOUT. */
import { beforeEach, describe, expect, test } from '@jest/globals';

import {
  type Borrower,
  type Content,
  BORROW_FROM_BYTES,
  decodeNumber,
  encodeCredit,
  encodeNumbers,
  encodeRecord,
  FIRST_STDOUT_BYTES,
  type Lender,
  type Loan,
  type LoanTerms,
  RecordType,
  type SentCallback,
  SharedRecordType,
  WINDOW_BYTES,
} from '../src/index.ts';
import { agreement, begin, LoggedResponder, params } from './request-log.ts';

/** The test says when the connection is there. */
class ScriptedLender implements Lender {
  terms: LoanTerms | undefined;
  borrower: Borrower | undefined;
  lend(terms: LoanTerms, borrower: Borrower): void {
    this.terms = terms;
    this.borrower = borrower;
  }
  lendBody(): void {
    throw new Error('no body is long');
  }
  forget(): void {
    this.borrower = undefined;
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

/** The bridge grants the loan, and the connection is there. */
function lend(): Borrower {
  responder.push(encodeNumbers(SharedRecordType.Lend, 1, 7, 9));
  const { borrower } = lender;
  if (borrower === undefined) throw new Error('the lender was not asked');
  borrower.receiveLoan(loan);
  return borrower;
}

const long = Buffer.alloc(BORROW_FROM_BYTES, 'x');
const rest = 'x'.repeat(BORROW_FROM_BYTES - FIRST_STDOUT_BYTES);

test('it sends a little, then asks, and sends nothing until it has it', () => {
  responder.request.writeStdout(long);
  expect(sent()).toEqual([FIRST_STDOUT_BYTES, 'Borrow']);
  responder.push(encodeCredit(1, WINDOW_BYTES));
  responder.request.writeStdout(Buffer.from('more'));
  expect(sent()).toHaveLength(2);
  lend();
  expect(lender.terms).toEqual({ connection: 7, requestId: 9 });
  expect(loan.written).toBe(`${rest}more`);
  expect(sent()).toHaveLength(2);
});

test('a head of its own and a body of which little is first leave together', () => {
  responder.request.end([Buffer.alloc(300, 'h'), long]);
  expect(sent()).toEqual([FIRST_STDOUT_BYTES, 'Borrow']);
  lend();
  expect(loan.written).toHaveLength(300 + long.length - FIRST_STDOUT_BYTES);
});

test('END_REQUEST is sent when everything has left by the loan, callbacks called before', () => {
  const called: string[] = [];
  responder.request.writeStdout(long, () => called.push('first'));
  lend();
  responder.request.end(Buffer.from('last'), 0, 0, () => called.push('last'));
  expect(loan.written).toBe(`${rest}last`);
  expect(sent()).toEqual([FIRST_STDOUT_BYTES, 'Borrow']);
  loan.leave();
  expect(called).toEqual(['first', 'last']);
  expect(loan.state).toBe('given back');
  expect(sent()).toEqual([FIRST_STDOUT_BYTES, 'Borrow', 'EndRequest']);
});

test.each([
  ['while it waits for the loan', 'before'],
  ['when it has the loan', 'after'],
])('an end without content calls back, %s', (_when, order) => {
  const called: string[] = [];
  responder.request.writeStdout(long);
  if (order === 'after') lend();
  responder.request.end([], 0, 0, () => called.push('end'));
  if (order === 'before') lend();
  loan.leave();
  expect(called).toEqual(['end']);
  expect(sent().at(-1)).toBe('EndRequest');
});

test('a response that ended before the loan came leaves by it', () => {
  responder.request.end(long);
  lend();
  loan.leave();
  expect(loan.written).toBe(rest);
  expect(sent()).toEqual([FIRST_STDOUT_BYTES, 'Borrow', 'EndRequest']);
});

test.each([
  ['of one write', [BORROW_FROM_BYTES - 1]],
  ['of several', Array<number>(4).fill(BORROW_FROM_BYTES - 1)],
])('a shorter one, %s, does not ask', (_what, lengths) => {
  for (const length of lengths) responder.request.writeStdout(Buffer.alloc(length));
  responder.request.end();
  responder.push(encodeCredit(1, WINDOW_BYTES));
  expect(sent()).not.toContain('Borrow');
  expect(sent()).toContain('EndRequest');
});

test('one that is written in pieces asks when it has become long and is out of credit', () => {
  const piece = Buffer.alloc(WINDOW_BYTES / 8);
  for (let count = 0; count < 20; count += 1) {
    responder.request.writeStdout(piece);
    responder.push(encodeCredit(1, piece.length));
  }
  for (let count = 0; count < 8; count += 1) responder.request.writeStdout(piece);
  expect(sent()).not.toContain('Borrow');
  responder.request.writeStdout(piece);
  expect(sent().filter((record) => record === 'Borrow')).toHaveLength(1);
});

test('a refusal sends it back to credit for good', () => {
  responder.request.end(Buffer.concat([long, long]));
  responder.push(encodeRecord(SharedRecordType.Refuse, 1));
  expect(lender.borrower).toBeUndefined();
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
    expect(lender.borrower).toBeUndefined();
    expect(errors).toHaveLength(1);
    expect(sent().at(-1)).toBe('EndRequest');
  });

  test.each(['open', 'ended'])(
    'the loan of a response that is %s is dropped, END_REQUEST sent once',
    (state) => {
      responder.request.writeStdout(long);
      lend();
      if (state === 'ended') responder.request.end();
      responder.push(gone);
      expect(loan.state).toBe('dropped');
      expect(sent().filter((record) => record === 'EndRequest')).toHaveLength(1);
    },
  );

  test('is noticed by the loan first: the request is aborted, and ended when the peer says so', () => {
    responder.request.writeStdout(long);
    const borrower = lend();
    borrower.loanBroken();
    expect(responder.log.at(-1)).toBe('1 abort');
    expect(responder.request.writeStdout(long)).toBe(false);
    expect(sent()).not.toContain('EndRequest');
    responder.push(gone);
    expect(sent().at(-1)).toBe('EndRequest');
  });
});

test('a response that is abandoned gives the loan up', () => {
  responder.request.writeStdout(long);
  lend();
  responder.request.abandon();
  expect(loan.state).toBe('dropped');
  expect(sent().at(-1)).toBe('EndRequest');
});

test('an idle loan is returned; what follows takes credit, or another', () => {
  responder.request.writeStdout(long);
  const borrower = lend();
  loan.leave();
  borrower.loanIdle();
  loan.leave();
  expect(sent()).toEqual([FIRST_STDOUT_BYTES, 'Borrow', 'Return']);
  responder.request.writeStdout(Buffer.from('later'));
  expect(sent().at(-1)).toBe(5);
  responder.request.writeStdout(long);
  expect(sent().at(-1)).toBe('Borrow');
});

test('a loan that takes no more is reported, and that it does again', () => {
  responder.request.writeStdout(long);
  const borrower = lend();
  borrower.loanStalled(true);
  borrower.loanStalled(false);
  const reports = responder.output.records.filter(({ type }) => type === SharedRecordType.Stall);
  expect(reports.map(({ content }) => decodeNumber(Buffer.from(content, 'latin1')))).toEqual([1, 0]);
});
