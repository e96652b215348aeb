import { CREDIT_BYTES, SharedRecordType } from './constants.ts';
import { ProtocolError } from './errors.ts';
import type { BodyBorrower, BodyLoan, Lender, LoanTerms } from './loan.ts';
import { bytesOf, type Content, EMPTY, encodeCredit, encodeNumbers, encodeStream } from './record.ts';
import { StdinExtractor } from './stdin-extractor.ts';

/** Where STDIN comes from. */
export interface StdinChannel {
  /** The peer takes credit, and gives it. */
  readonly isShared: boolean;
  /** Has the connections behind the peer; absent where none is lent. */
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
  takeStdin(content: Buffer): void;
  /** All of it has been taken. */
  endStdin(): void;
}

/** STDIN of one request: received as far as there is credit, or read from the connection behind the peer's, while that is lent. */
export class StdinInput implements BodyBorrower {
  readonly #channel: StdinChannel;
  readonly #owner: StdinOwner;
  /** Bytes for which the peer has not been given new credit. */
  #uncreditedBytes = 0;
  #isWanted = true;
  /** What the peer has read of the connection that it lends. */
  #remainder: Buffer[] = [];
  /** The connection that the peer does not read any more. */
  #terms: LoanTerms | undefined;
  /** Undefined until it is there. */
  #loan: BodyLoan | undefined;
  #extractor: StdinExtractor | undefined;
  /** Content that the loan has brought. */
  #lentBytes = 0;

  constructor(channel: StdinChannel, owner: StdinOwner) {
    this.#channel = channel;
    this.#owner = owner;
  }

  /** Content from the channel. */
  receive(content: Buffer): void {
    this.#uncreditedBytes += content.length;
    this.#owner.takeStdin(copyOf([content]));
    this.#giveCredit();
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
    if (this.#isLent) this.#giveBack();
  }

  /** The connection is gone, or the peer does without it. */
  drop(): void {
    if (this.#isLent) this.#stopReading();
  }

  /** What the peer has read of the connection that it is about to lend. */
  receiveRemainder(content: Buffer): void {
    this.#remainder.push(copyOf([content]));
  }

  /** The peer reads the connection no more. */
  receiveTerms(terms: LoanTerms): void {
    const { lender } = this.#channel;
    this.#terms = terms;
    if (lender === undefined || this.#owner.ended) this.#giveBack();
    else lender.lendBody(terms, this);
  }

  receiveBodyLoan(loan: BodyLoan): void {
    const { requestId } = this.#terms ?? {};
    if (requestId === undefined) return;
    this.#loan = loan;
    this.#extractor = new StdinExtractor(requestId);
    const [first = EMPTY, ...more] = this.#remainder.splice(0);
    this.receiveBytes(more.length === 0 ? first : copyOf([first, ...more]));
    if (!this.#isLent) return; // that was all, or all that is wanted
    loan.start();
    if (!this.#isWanted) loan.pause();
  }

  receiveBytes(chunk: Buffer): void {
    const extractor = this.#extractor;
    if (extractor === undefined) return;
    const content = this.#extract(extractor, chunk);
    this.#lentBytes += content.length;
    if (extractor.isOver) this.#giveBack(extractor.hasEnded);
    if (content.length > 0) this.#owner.takeStdin(content);
    if (extractor.hasEnded && !this.#owner.ended) this.#owner.endStdin();
  }

  bodyLoanOver(): void {
    if (this.#loan !== undefined) this.#giveBack();
  }

  get #isLent(): boolean {
    return this.#terms !== undefined;
  }

  #giveCredit(): void {
    const isDue = this.#isWanted && this.#uncreditedBytes >= CREDIT_BYTES;
    if (!this.#channel.isShared || !isDue || this.#owner.ended) return;
    this.#channel.write([encodeCredit(this.#owner.id, this.#uncreditedBytes)]);
    this.#uncreditedBytes = 0;
  }

  #extract(extractor: StdinExtractor, chunk: Buffer): Buffer {
    try {
      return extractor.take(chunk);
    } catch (error) {
      this.#channel.abandon(); // nobody knows where on the connection the next request begins
      if (!(error instanceof ProtocolError)) throw error;
      return EMPTY;
    }
  }

  #giveBack(hasEnded = false): void {
    const { id } = this.#owner;
    const lentBytes = this.#lentBytes;
    const unused = this.#stopReading();
    this.#channel.write([
      ...encodeStream(SharedRecordType.Remainder, id, unused),
      encodeNumbers(SharedRecordType.ReturnBody, id, lentBytes, hasEnded ? 1 : 0),
    ]);
  }

  /** Returns what was read and not used. */
  #stopReading(): Content {
    if (this.#loan === undefined) this.#channel.lender?.forget(this);
    else this.#loan.giveBack();
    const unused = this.#extractor?.release() ?? this.#remainder;
    this.#terms = undefined;
    this.#loan = undefined;
    this.#extractor = undefined;
    this.#remainder = [];
    this.#lentBytes = 0;
    return unused;
  }
}

/**
 * The bytes, in memory of their own: what came beside them is other requests', and an app may take the memory of a chunk
 * away (`structuredClone` with `transfer`, a byte stream).
 */
function copyOf(parts: readonly Buffer[]): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytesOf(parts));
  let offset = 0;
  for (const part of parts) {
    copy.set(part, offset);
    offset += part.length;
  }
  return copy;
}
