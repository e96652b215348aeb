import type { BodyBorrower, Borrower, Lender as FastCgiLender, LoanTerms } from '@httpd-express/fastcgi';

import { type ConnectionHandle, LentConnection } from './lent-connection.ts';
import { LentStdin } from './lent-stdin.ts';
import { LentStdout } from './lent-stdout.ts';
import type { HoldCommand, ReleaseCommand } from './messages.ts';

/** Waits for a connection. */
interface Waiting {
  readonly connection: number;
  readonly take: (connection: LentConnection) => void;
}

/** httpd's connections as the bridge sends them over IPC, where its other half is `bridge/src/held-connections.ts`. */
export class Lender implements FastCgiLender {
  readonly #connections = new Map<number, LentConnection>();
  readonly #waiting = new Map<Borrower | BodyBorrower, Waiting>();

  lend({ connection, requestId }: LoanTerms, borrower: Borrower): void {
    this.#await(borrower, {
      connection,
      take: (lent) => {
        borrower.receiveLoan(new LentStdout(lent, requestId, borrower));
      },
    });
  }

  lendBody({ connection }: LoanTerms, borrower: BodyBorrower): void {
    this.#await(borrower, {
      connection,
      take: (lent) => {
        borrower.receiveBodyLoan(new LentStdin(lent, borrower));
      },
    });
  }

  forget(borrower: Borrower | BodyBorrower): void {
    this.#waiting.delete(borrower);
  }

  /** Takes a connection; absent when it was closed on its way, which the bridge hears of as well. */
  hold({ connection }: HoldCommand, handle: ConnectionHandle | undefined): void {
    if (handle === undefined) return;
    const lent = new LentConnection(handle);
    this.#connections.set(connection, lent);
    for (const [borrower, waiting] of this.#waiting) {
      if (waiting.connection !== connection) continue;
      this.#waiting.delete(borrower);
      waiting.take(lent);
    }
  }

  /** The connection is over. One that broke before is kept until then: it may still be lent. */
  release({ connection }: ReleaseCommand): void {
    this.#connections.get(connection)?.close();
    this.#connections.delete(connection);
  }

  #await(borrower: Borrower | BodyBorrower, waiting: Waiting): void {
    const lent = this.#connections.get(waiting.connection);
    if (lent === undefined) this.#waiting.set(borrower, waiting);
    else waiting.take(lent);
  }
}
