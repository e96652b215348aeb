import { BORROW_FROM_BYTES, CREDIT_BYTES, RecordType, SharedRecordType, WINDOW_BYTES } from './constants.ts';
import { ProtocolError } from './errors.ts';
import type { BodyBorrower, BodyLoan, Lender } from './loan.ts';
import { encodeCredit, encodeNumber, encodeRecord, encodeStream, type FastCgiRecord } from './record.ts';
import { RecordParser } from './record-parser.ts';

/** Where STDIN comes from. */
export interface StdinChannel {
  /** The peer takes credit, and gives it. */
  readonly isShared: boolean;
  /** Where the connection behind the peer may be borrowed; absent where it may not. */
  readonly lender?: Lender | undefined;
  write(parts: readonly Buffer[]): boolean;
  /** Stops reading until every pause has had its resume. */
  pause(): void;
  resume(): void;
  /** Gives up everything that is open on it. */
  abandon(): void;
}

/** Whose STDIN it is. */
export interface StdinOwner {
  readonly id: number;
  /** It says nothing more. */
  readonly ended: boolean;
  /** Bytes of STDIN in all, where the request says so. */
  readonly announcedBytes: number;
  takeStdin(content: Buffer): void;
}

/**
 * STDIN of one request until its end, which its owner is told by the channel: received as far as there is credit, and where
 * much of it is to come from the connection behind the peer's, if that is lent.
 */
export class StdinInput implements BodyBorrower {
  readonly #channel: StdinChannel;
  readonly #owner: StdinOwner;
  /** Bytes that are still to come, as far as the request has said. */
  #missingBytes: number;
  /** Bytes for which the peer has not been given new credit. */
  #uncreditedBytes = 0;
  /** Bytes by the channel before the connection is asked for: that of a slow client has just been given back. */
  #patienceBytes = 0;
  #isWanted = true;
  /** Asked for under this number. */
  #borrowing: number | undefined;
  #loan: BodyLoan | undefined;
  /** What the peer has read of the connection; complete when it has said that it reads no more. */
  #remainder: Buffer[] = [];
  #isLent = false;
  /** Reads the connection, from when both the loan and its remainder are there. */
  #parser: RecordParser | undefined;

  constructor(channel: StdinChannel, owner: StdinOwner) {
    this.#channel = channel;
    this.#owner = owner;
    this.#missingBytes = owner.announcedBytes;
  }

  /** Content from the channel. */
  receive(content: Buffer): void {
    this.#uncreditedBytes += content.length;
    this.#patienceBytes -= content.length;
    this.#deliver(content);
    this.#giveCredit();
    this.#borrow();
  }

  pause(): void {
    this.#isWanted = false;
    if (!this.#channel.isShared) this.#channel.pause();
    else this.#loan?.pause();
  }

  resume(): void {
    this.#isWanted = true;
    if (!this.#channel.isShared) this.#channel.resume();
    else this.#loan?.resume();
    this.#giveCredit();
  }

  /** Nothing more of it is wanted: what is lent goes back. */
  end(): void {
    if (this.#loan === undefined) this.#stopBorrowing();
    else this.#giveBack(this.#loan);
  }

  /** The connection is gone, or the peer does without it. */
  drop(): void {
    this.#stopBorrowing();
    this.#parser?.stop();
    this.#loan?.giveBack();
    this.#loan = undefined;
  }

  /** What the peer has read of the connection; empty, it reads no more. */
  receiveRemainder(content: Buffer): void {
    if (this.#borrowing === undefined && this.#loan === undefined) return; // not waited for any more
    if (content.length > 0) {
      this.#remainder.push(content);
    } else {
      this.#isLent = true;
      this.#read();
    }
  }

  receiveBodyLoan(loan: BodyLoan): void {
    this.#borrowing = undefined;
    this.#loan = loan;
    this.#read();
  }

  receiveBytes(chunk: Buffer): void {
    try {
      this.#parser?.push(chunk);
    } catch (error) {
      this.#channel.abandon(); // nobody knows where on the connection the next request begins
      if (!(error instanceof ProtocolError)) throw error;
    }
  }

  bodyLoanOver(): void {
    if (this.#loan === undefined) return;
    this.#patienceBytes = WINDOW_BYTES;
    this.#giveBack(this.#loan);
  }

  #deliver(content: Buffer): void {
    this.#missingBytes -= content.length;
    this.#owner.takeStdin(content);
  }

  #giveCredit(): void {
    const isDue = this.#isWanted && this.#uncreditedBytes >= CREDIT_BYTES;
    if (!this.#channel.isShared || !isDue || this.#owner.ended) return;
    this.#channel.write([encodeCredit(this.#owner.id, this.#uncreditedBytes)]);
    this.#uncreditedBytes = 0;
  }

  #borrow(): void {
    const { isShared, lender } = this.#channel;
    const isLong = this.#missingBytes >= BORROW_FROM_BYTES && this.#patienceBytes <= 0;
    const isBorrowed = this.#borrowing !== undefined || this.#loan !== undefined;
    if (!isShared || lender === undefined || !isLong || isBorrowed || this.#owner.ended) return;
    this.#borrowing = lender.expectBody(this);
    this.#channel.write([encodeNumber(SharedRecordType.Read, this.#owner.id, this.#borrowing)]);
  }

  #stopBorrowing(): void {
    if (this.#borrowing !== undefined) this.#channel.lender?.forget(this.#borrowing);
    this.#borrowing = undefined;
    this.#remainder = [];
    this.#isLent = false;
  }

  #read(): void {
    const loan = this.#loan;
    if (loan === undefined || !this.#isLent) return;
    this.#parser = new RecordParser((record) => {
      this.#receiveLent(loan, record);
    });
    loan.start();
    if (!this.#isWanted) loan.pause();
    this.receiveBytes(Buffer.concat(this.#remainder.splice(0)));
  }

  /** Whatever is no content, the end included, is for the peer to read. */
  #receiveLent(loan: BodyLoan, record: FastCgiRecord): void {
    const { type, requestId, contentLength } = record;
    if (type === RecordType.Stdin && requestId === loan.requestId && contentLength > 0)
      this.#deliver(record.content);
    else this.#giveBack(loan, record.bytes);
  }

  #giveBack(loan: BodyLoan, ...unused: readonly Buffer[]): void {
    const read = this.#parser?.release() ?? this.#remainder;
    const remainder = [...unused, ...read, ...loan.giveBack()];
    const { id } = this.#owner;
    const hasBegun = this.#isLent;
    this.#parser = undefined;
    this.#loan = undefined;
    this.#remainder = [];
    this.#isLent = false;
    // Otherwise the peer has not said that it reads no more, and reads on when the request ends.
    if (hasBegun)
      this.#channel.write([
        ...encodeStream(SharedRecordType.Remainder, id, remainder),
        encodeRecord(SharedRecordType.Remainder, id),
      ]);
  }
}
