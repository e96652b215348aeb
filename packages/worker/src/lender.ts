import type { BodyBorrower, Borrower } from '@httpd-express/fastcgi';

import { LentBody } from './lent-body.ts';
import { type ConnectionHandle, LentConnection } from './lent-connection.ts';
import type { LendCommand } from './messages.ts';

/** Gives a connection to who has asked for it. */
type Give = (handle: ConnectionHandle, requestId: number) => void;

/** The requests that have asked for httpd's connection; the bridge sends it over IPC. Its other half is `bridge/src/worker-handle.ts`. */
export class Lender {
  readonly #waiting = new Map<number, Give>();
  #lastNumber = 0;

  expect(borrower: Borrower): number {
    return this.#add((handle, requestId) => {
      borrower.receiveLoan(new LentConnection(handle, requestId, borrower));
    });
  }

  expectBody(borrower: BodyBorrower): number {
    return this.#add((handle, requestId) => {
      borrower.receiveBodyLoan(new LentBody(handle, requestId, borrower));
    });
  }

  forget(number: number): void {
    this.#waiting.delete(number);
  }

  /** Passes a connection on; absent when it was closed on its way, which the bridge hears of as well. */
  lend({ number, requestId }: LendCommand, handle: ConnectionHandle | undefined): void {
    const give = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (handle === undefined) return;
    if (give === undefined) handle.close();
    else give(handle, requestId);
  }

  #add(give: Give): number {
    do this.#lastNumber = (this.#lastNumber % 0xffff_ffff) + 1;
    while (this.#waiting.has(this.#lastNumber));
    this.#waiting.set(this.#lastNumber, give);
    return this.#lastNumber;
  }
}
