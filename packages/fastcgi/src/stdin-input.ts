import { CREDIT_BYTES, RecordType, SharedRecordType } from './constants.ts';
import { ProtocolError } from './errors.ts';
import type { BodyBorrower, BodyLoan, Lender, LoanTerms } from './loan.ts';
import { EMPTY, encodeCredit, encodeNumbers, encodeStream, type FastCgiRecord } from './record.ts';
import { RecordParser } from './record-parser.ts';

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
  #parser: RecordParser | undefined;
  /** Content that the loan has brought. */
  #lentBytes = 0;
  /** What of it the chunk being read has brought, and whether it has brought the end. */
  #gathered: Buffer[] = [];
  #hasGatheredEnd = false;

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
    this.#remainder.push(content);
  }

  /** The peer reads the connection no more. */
  receiveTerms(terms: LoanTerms): void {
    const { lender } = this.#channel;
    this.#terms = terms;
    if (lender === undefined || this.#owner.ended) this.#giveBack();
    else lender.lendBody(terms, this);
  }

  receiveBodyLoan(loan: BodyLoan): void {
    this.#loan = loan;
    this.#parser = new RecordParser((record) => {
      this.#receiveLent(record);
    });
    this.receiveBytes(Buffer.concat(this.#remainder.splice(0)));
    if (!this.#isLent) return; // that was all, or all that is wanted
    loan.start();
    if (!this.#isWanted) loan.pause();
  }

  receiveBytes(chunk: Buffer): void {
    try {
      this.#parser?.push(chunk);
    } catch (error) {
      this.#channel.abandon(); // nobody knows where on the connection the next request begins
      if (!(error instanceof ProtocolError)) throw error;
      return;
    }
    this.#passOnGathered();
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

  /** Whatever is not STDIN of this request is for the peer to read. */
  #receiveLent(record: FastCgiRecord): void {
    if (record.type !== RecordType.Stdin || record.requestId !== this.#terms?.requestId) {
      this.#giveBack(record.bytes);
    } else if (record.contentLength > 0) {
      this.#lentBytes += record.contentLength;
      this.#gathered.push(record.content);
    } else {
      this.#giveBack(EMPTY, true);
      this.#hasGatheredEnd = true;
    }
  }

  /** The content of a chunk is one: fewer events for the app. */
  #passOnGathered(): void {
    const gathered = this.#gathered;
    const hasEnded = this.#hasGatheredEnd;
    this.#gathered = [];
    this.#hasGatheredEnd = false;
    if (gathered.length > 0) this.#owner.takeStdin(copyOf(gathered));
    if (hasEnded && !this.#owner.ended) this.#owner.endStdin();
  }

  #giveBack(unused = EMPTY, hasEnded = false): void {
    const { id } = this.#owner;
    const lentBytes = this.#lentBytes;
    const remainder = [unused, ...this.#stopReading()];
    this.#channel.write([
      ...encodeStream(SharedRecordType.Remainder, id, remainder),
      encodeNumbers(SharedRecordType.ReturnBody, id, lentBytes, hasEnded ? 1 : 0),
    ]);
  }

  /** Returns what was read and not used. */
  #stopReading(): readonly Buffer[] {
    if (this.#loan === undefined) this.#channel.lender?.forget(this);
    else this.#loan.giveBack();
    const unused = this.#parser?.release() ?? this.#remainder;
    this.#terms = undefined;
    this.#loan = undefined;
    this.#parser = undefined;
    this.#remainder = [];
    this.#lentBytes = 0;
    return unused;
  }
}

/**
 * The content, in memory of its own: what came beside it is that of other requests, and an app may take the memory of a
 * chunk away (`structuredClone` with `transfer`, a byte stream).
 */
function copyOf(parts: readonly Buffer[]): Buffer {
  const copy = Buffer.allocUnsafeSlow(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    copy.set(part, offset);
    offset += part.length;
  }
  return copy;
}
