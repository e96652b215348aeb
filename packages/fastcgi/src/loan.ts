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

/** The connection that a web server sends STDIN on, lent to be read. */
export interface BodyLoan {
  /** The request's id on it. */
  readonly requestId: number;
  /** Begins to read. */
  start(): void;
  pause(): void;
  resume(): void;
  /** Reads no more. Returns what was read and not passed on. */
  giveBack(): readonly Buffer[];
}

/** A request that has asked for one. */
export interface BodyBorrower {
  /** It is there. */
  receiveBodyLoan(loan: BodyLoan): void;
  /** Bytes of the connection. */
  receiveBytes(chunk: Buffer): void;
  /** Nothing came for a while, BODY_LOAN_MS have passed, or nothing more will come. */
  bodyLoanOver(): void;
}

/** Where loans come from. */
export interface Lender {
  /** Takes a request that waits for one. Returns its number, 1 to 2³²-1, by which the loan will find it. */
  expect(borrower: Borrower): number;
  /** The same for a body. */
  expectBody(borrower: BodyBorrower): number;
  /** It does not wait any more. */
  forget(number: number): void;
}
