import type { Borrower } from '@httpd-express/fastcgi';

import { type ConnectionHandle, LentConnection } from './lent-connection.ts';
import type { LendCommand } from './messages.ts';

/** The requests that have asked for httpd's connection; the bridge sends it over IPC. Its other half is `bridge/src/worker-handle.ts`. */
export class Lender {
  readonly #borrowers = new Map<number, Borrower>();
  #lastNumber = 0;

  expect(borrower: Borrower): number {
    do this.#lastNumber = (this.#lastNumber % 0xffff_ffff) + 1;
    while (this.#borrowers.has(this.#lastNumber));
    this.#borrowers.set(this.#lastNumber, borrower);
    return this.#lastNumber;
  }

  forget(number: number): void {
    this.#borrowers.delete(number);
  }

  /** Passes a connection on; absent when it was closed on its way, which the bridge hears of as well. */
  lend({ number, requestId }: LendCommand, handle: ConnectionHandle | undefined): void {
    const borrower = this.#borrowers.get(number);
    this.#borrowers.delete(number);
    if (handle === undefined) return;
    if (borrower === undefined) handle.close();
    else borrower.receiveLoan(new LentConnection(handle, requestId, borrower));
  }
}
