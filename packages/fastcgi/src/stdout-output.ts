import {
  BORROW_FROM_BYTES,
  RecordType,
  SharedRecordType,
  FIRST_STDOUT_BYTES,
  WINDOW_BYTES,
} from './constants.ts';
import type { Borrower, Lender, Loan, LoanTerms } from './loan.ts';
import { bytesOf, type Content, EMPTY, encodeNumbers, encodeRecord, encodeStream } from './record.ts';
import type { SentCallback } from './sent-callback.ts';
import { WaitingOutput } from './waiting-output.ts';

/** Where STDOUT goes. */
export interface StdoutChannel {
  /** The peer gives credit, and takes it. */
  readonly isShared: boolean;
  /** Has the connections behind the peer; absent where none is lent. */
  readonly lender?: Lender | undefined;
  write(parts: readonly Buffer[], callback?: SentCallback): boolean;
}

/** Whose STDOUT it is. */
export interface StdoutOwner {
  readonly id: number;
  /** Sends the last content, empty where nothing of it is left, and END_REQUEST. */
  endStdout(lastContent: Content, callback?: SentCallback): void;
  /** The connection is gone. */
  lose(): void;
}

/**
 * STDOUT of one request: sent as far as there is credit, held beyond, and where it is long by the connection behind the
 * peer's, if that is lent.
 */
export class StdoutOutput implements Borrower {
  readonly #channel: StdoutChannel;
  readonly #owner: StdoutOwner;
  /** Bytes that may be sent. */
  #credit: number;
  #waiting: WaitingOutput | undefined;
  /** Bytes so far. */
  #byteLength = 0;
  /** Has asked for a loan; until it is there nothing is sent. */
  #isBorrowing = false;
  #mayBorrow: boolean;
  #loan: Loan | undefined;
  /** Everything was written: the end follows when nothing waits any more. */
  #isEnding = false;

  constructor(channel: StdoutChannel, owner: StdoutOwner) {
    this.#channel = channel;
    this.#owner = owner;
    this.#credit = channel.isShared ? WINDOW_BYTES : Infinity;
    this.#mayBorrow = channel.isShared && channel.lender !== undefined;
  }

  /** False means back-pressure: wait for the callback. */
  write(content: Content, callback?: SentCallback): boolean {
    if (this.#mustWait(content)) {
      this.#wait(content, callback);
      return false;
    }
    if (this.#loan !== undefined) return this.#loan.write(content, callback);
    return this.#channel.write(encodeStream(RecordType.Stdout, this.#owner.id, content), callback);
  }

  /** Sends the last content, and has the owner send the end. */
  end(lastContent: Content, callback?: SentCallback): void {
    this.#isEnding = true;
    if (this.#mustWait(lastContent)) {
      this.#wait(lastContent, callback);
    } else if (this.#loan === undefined) {
      this.#owner.endStdout(lastContent, callback);
    } else {
      this.#loan.write(lastContent, callback);
      this.#endLoan(this.#loan);
    }
  }

  /** The peer has room for more. */
  takeCredit(bytes: number): void {
    this.#credit += bytes;
    if (this.#waiting !== undefined) this.#release(this.#waiting);
  }

  /** What has not left is lost. */
  drop(error: Error): void {
    const waiting = this.#waiting;
    const loan = this.#loan;
    this.#waiting = undefined;
    this.#loan = undefined;
    this.#stopBorrowing();
    loan?.drop();
    waiting?.drop(error);
  }

  /** The loan has been granted. */
  receiveTerms(terms: LoanTerms): void {
    if (this.#isBorrowing) this.#channel.lender?.lend(terms, this);
  }

  receiveLoan(loan: Loan): void {
    this.#isBorrowing = false;
    this.#loan = loan;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.release(Infinity);
    if (this.#isEnding) this.#endLoan(loan);
  }

  /** It is not lent, and not asked for again. */
  receiveRefusal(): void {
    this.#stopBorrowing();
    this.#mayBorrow = false;
    if (this.#waiting !== undefined) this.#release(this.#waiting);
  }

  loanStalled(isStalled: boolean): void {
    this.#channel.write([encodeNumbers(SharedRecordType.Stall, this.#owner.id, isStalled ? 1 : 0)]);
  }

  /** The peer keeps the connection alive while the application says nothing; here nobody does. */
  loanIdle(): void {
    const loan = this.#loan;
    if (loan === undefined || this.#isEnding) return;
    this.#loan = undefined;
    loan.giveBack(() => {
      this.#channel.write([encodeRecord(SharedRecordType.Return, this.#owner.id)]);
    });
  }

  loanBroken(): void {
    this.#owner.lose();
  }

  /** Counts the content, and takes its credit where that is enough. */
  #mustWait(content: Content): boolean {
    const bytes = bytesOf(content);
    this.#byteLength += bytes;
    if (this.#loan !== undefined) return false;
    if (bytes > this.#credit || this.#waiting !== undefined || this.#isLong(bytes)) return true;
    this.#credit -= bytes;
    return false;
  }

  #wait(content: Content, callback: SentCallback | undefined): void {
    this.#waiting ??= new WaitingOutput((pieces, sent) => {
      if (this.#loan !== undefined) this.#loan.write(pieces, sent);
      else this.#channel.write(encodeStream(RecordType.Stdout, this.#owner.id, pieces), sent);
    });
    this.#waiting.add(content, callback);
    this.#release(this.#waiting);
  }

  #release(waiting: WaitingOutput): void {
    if (this.#isBorrowing) return;
    const isLong = this.#isLong(waiting.byteLength);
    const credit = isLong ? Math.min(this.#credit, FIRST_STDOUT_BYTES) : this.#credit;
    const left = isLong ? waiting.release(credit, FIRST_STDOUT_BYTES) : waiting.release(credit);
    this.#credit -= credit - left;
    if (waiting.isEmpty) {
      this.#waiting = undefined;
      if (this.#isEnding) this.#owner.endStdout(EMPTY);
    } else if (isLong || this.#byteLength >= 2 * BORROW_FROM_BYTES) {
      this.#borrow();
    }
  }

  #isLong(bytes: number): boolean {
    return this.#mayBorrow && bytes >= BORROW_FROM_BYTES;
  }

  /** A long response that has to wait for credit asks for the connection behind the peer's. */
  #borrow(): void {
    if (!this.#mayBorrow) return;
    this.#isBorrowing = true;
    this.#channel.write([encodeRecord(SharedRecordType.Borrow, this.#owner.id)]);
  }

  #stopBorrowing(): void {
    if (this.#isBorrowing) this.#channel.lender?.forget(this);
    this.#isBorrowing = false;
  }

  #endLoan(loan: Loan): void {
    loan.giveBack(() => {
      this.#owner.endStdout(EMPTY);
    });
  }
}
