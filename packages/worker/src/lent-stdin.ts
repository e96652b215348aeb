import { BODY_LOAN_MS, type BodyBorrower, type BodyLoan } from '@httpd-express/fastcgi';

import type { ConnectionReader, LentConnection } from './lent-connection.ts';

/** For how long nothing comes, or the app takes nothing, before it is given back: the bridge waits for slow ones. */
const IDLE_MS = 100;

/** httpd's connection, for a part of a body that comes without pauses. The bridge does not read it meanwhile. */
export class LentStdin implements BodyLoan, ConnectionReader {
  readonly #connection: LentConnection;
  readonly #borrower: BodyBorrower;
  #idle: NodeJS.Timeout | undefined;
  #age: NodeJS.Timeout | undefined;

  constructor(connection: LentConnection, borrower: BodyBorrower) {
    this.#connection = connection;
    this.#borrower = borrower;
  }

  start(): void {
    const over = (): void => {
      this.connectionOver();
    };
    this.#idle = setTimeout(over, IDLE_MS).unref();
    this.#age = setTimeout(over, BODY_LOAN_MS).unref();
    this.resume();
  }

  pause(): void {
    this.#connection.stopReading();
  }

  resume(): void {
    this.#connection.startReading(this);
  }

  giveBack(): void {
    clearTimeout(this.#idle);
    clearTimeout(this.#age);
    if (this.#idle !== undefined) this.#connection.stopReading();
  }

  receiveBytes(chunk: Buffer): void {
    this.#idle?.refresh();
    this.#borrower.receiveBytes(chunk);
  }

  connectionOver(): void {
    this.#borrower.bodyLoanOver();
  }
}
