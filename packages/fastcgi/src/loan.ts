import type { Content } from './record.ts';
import type { SentCallback } from './waiting-output.ts';

/** The connection that a web server sends a response on to, lent for the rest of its STDOUT. */
export interface Loan {
  /** Sends STDOUT. False means back-pressure: wait for the callback. The content must not change until then. */
  write(content: Content, callback?: SentCallback): boolean;
  /** Calls back when everything written has left and nothing more can be; never when the connection breaks before. */
  giveBack(done: () => void): void;
  /** Gives it up at once; what has not left is lost. */
  drop(): void;
}

/** A request that has asked for a loan. */
export interface Borrower {
  /** It is there. */
  receiveLoan(loan: Loan): void;
  /** It takes no more, or does again. */
  loanStalled(isStalled: boolean): void;
  /** For a while nothing was written to it, and nothing waits. */
  loanIdle(): void;
  /** The connection broke. */
  loanBroken(): void;
}

/** Where loans come from. */
export interface Lender {
  /** Takes a request that waits for one. Returns its number, 1 to 2³²-1, by which the loan will find it. */
  expect(borrower: Borrower): number;
  /** It does not wait any more. */
  forget(number: number): void;
}
