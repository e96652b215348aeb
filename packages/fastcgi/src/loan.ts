import type { Content } from './record.ts';
import type { SentCallback } from './sent-callback.ts';

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
  /** Begins to read. */
  start(): void;
  pause(): void;
  resume(): void;
  /** Reads no more: what has not been passed on is in the connection. */
  giveBack(): void;
}

/** A request whose body is lent. */
export interface BodyBorrower {
  /** It is there. */
  receiveBodyLoan(loan: BodyLoan): void;
  /** Bytes of the connection. */
  receiveBytes(chunk: Buffer): void;
  /** Nothing came for a while, BODY_LOAN_MS have passed, or nothing more will come. */
  bodyLoanOver(): void;
}

/** Which connection is lent. */
export interface LoanTerms {
  /** Its number, under which the lender has it or will have it. */
  readonly connection: number;
  /** The request's id on it. */
  readonly requestId: number;
}

/** Has the connections that are lent. */
export interface Lender {
  /** The borrower receives the loan, now or when the connection is there. */
  lend(terms: LoanTerms, borrower: Borrower): void;
  /** The same for a body. */
  lendBody(terms: LoanTerms, borrower: BodyBorrower): void;
  /** It does not wait any more. */
  forget(borrower: Borrower | BodyBorrower): void;
}
