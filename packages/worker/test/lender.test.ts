/** httpd's connections as they come over IPC, and the requests that wait for them. */
import { once } from 'node:events';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import type { BodyBorrower, BodyLoan, Borrower, Loan } from '@httpd-express/fastcgi';

import { Lender } from '../src/lender.ts';
import { type LentPair, openLentPair } from './lent-pair.ts';

/** Has the loan, of either kind. */
class ScriptedBorrower implements Borrower, BodyBorrower {
  loan: Loan | undefined;
  bodyLoan: BodyLoan | undefined;
  isBroken = false;
  isOver = false;
  receiveLoan(loan: Loan): void {
    this.loan = loan;
  }
  receiveBodyLoan(loan: BodyLoan): void {
    this.bodyLoan = loan;
  }
  loanBroken(): void {
    this.isBroken = true;
  }
  bodyLoanOver(): void {
    this.isOver = true;
  }
  loanStalled(): void {
    // as of no interest here
  }
  loanIdle(): void {
    // the same
  }
  receiveBytes(): void {
    throw new Error('nothing is sent');
  }
}

let pair: LentPair;
let lender: Lender;
let borrower: ScriptedBorrower;

beforeEach(async () => {
  pair = await openLentPair();
  lender = new Lender();
  borrower = new ScriptedBorrower();
});

afterEach(() => {
  pair.close();
});

test('requests wait for the connection that they were promised, for a response and for a body', () => {
  const other = new ScriptedBorrower();
  lender.lend({ connection: 7, requestId: 3 }, borrower);
  lender.lendBody({ connection: 7, requestId: 3 }, other);
  lender.lend({ connection: 8, requestId: 3 }, other);
  expect(borrower.loan).toBeUndefined();
  lender.hold({ type: 'hold', connection: 7 }, pair.handle);
  expect(borrower.loan).toBeDefined();
  expect(other).toMatchObject({ loan: undefined });
});

test('one that is not waited for any more is not given', () => {
  lender.lend({ connection: 7, requestId: 3 }, borrower);
  lender.forget(borrower);
  lender.hold({ type: 'hold', connection: 7 }, pair.handle);
  expect(borrower.loan).toBeUndefined();
});

test('one that was closed on its way is none', () => {
  lender.lend({ connection: 7, requestId: 3 }, borrower);
  lender.hold({ type: 'hold', connection: 7 }, undefined);
  lender.release({ type: 'release', connection: 7 });
  expect(borrower.loan).toBeUndefined();
});

test('one that is over is closed', async () => {
  lender.hold({ type: 'hold', connection: 7 }, pair.handle);
  lender.release({ type: 'release', connection: 7 });
  pair.httpd.resume();
  await once(pair.httpd, 'end');
});

test('one that breaks can be lent until it is over, and nothing comes or leaves', async () => {
  lender.hold({ type: 'hold', connection: 7 }, pair.handle);
  lender.lend({ connection: 7, requestId: 3 }, borrower);
  pair.httpd.destroy();
  const sent = new Promise((resolve) => borrower.loan?.write(Buffer.alloc(3_000_000), resolve));
  expect(await sent).toMatchObject({ code: 'EPIPE' });
  expect(borrower.isBroken).toBe(true);
  const next = new ScriptedBorrower();
  lender.lendBody({ connection: 7, requestId: 3 }, next);
  next.bodyLoan?.start();
  expect(next.isOver).toBe(true);
  lender.lend({ connection: 7, requestId: 3 }, next);
  const failed = new Promise((resolve) => next.loan?.write(Buffer.from('x'), resolve));
  expect(await failed).toMatchObject({ code: 'ERR_STREAM_DESTROYED' });
});
