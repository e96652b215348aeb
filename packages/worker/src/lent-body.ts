import { Socket, type SocketConstructorOpts } from 'node:net';

import { BODY_LOAN_MS, type BodyBorrower, type BodyLoan } from '@httpd-express/fastcgi';

import type { ConnectionHandle } from './lent-connection.ts';

/** For how long nothing comes, or the app takes nothing, before it is given back: the bridge waits for slow ones. */
const IDLE_MS = 100;

/**
 * httpd's connection, for a part of a body that comes without pauses. The bridge has it as well, and does not read
 * meanwhile: here it is only read, and closed without an end, which would be that of both.
 */
export class LentBody implements BodyLoan {
  readonly requestId: number;
  readonly #handle: ConnectionHandle;
  readonly #borrower: BodyBorrower;
  #socket: Socket | undefined;
  #idle: NodeJS.Timeout | undefined;
  #age: NodeJS.Timeout | undefined;

  /** @param requestId its request id on this connection */
  constructor(handle: ConnectionHandle, requestId: number, borrower: BodyBorrower) {
    this.requestId = requestId;
    this.#handle = handle;
    this.#borrower = borrower;
  }

  start(): void {
    const over = (): void => {
      this.#borrower.bodyLoanOver();
    };
    const idle = setTimeout(over, IDLE_MS).unref();
    this.#idle = idle;
    this.#age = setTimeout(over, BODY_LOAN_MS).unref();
    // `handle` is how Node itself makes a socket of one (`lib/net.js`, Node 20 to 26). It begins to read.
    this.#socket = new Socket({
      handle: this.#handle,
      readable: true,
      writable: false,
    } as SocketConstructorOpts);
    this.#socket.on('data', (chunk) => {
      idle.refresh();
      this.#borrower.receiveBytes(chunk);
    });
    this.#socket.on('end', over);
    this.#socket.on('error', over);
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  giveBack(): readonly Buffer[] {
    clearTimeout(this.#idle);
    clearTimeout(this.#age);
    const socket = this.#socket;
    if (socket === undefined) {
      this.#handle.close();
      return [];
    }
    socket.pause();
    socket.removeAllListeners('data');
    const rest: Buffer[] = [];
    // One chunk at a time since Node 26, all in one before.
    for (let chunk = readKept(socket); chunk !== null; chunk = readKept(socket)) rest.push(chunk);
    socket.destroy();
    return rest;
  }
}

function readKept(socket: Socket): Buffer | null {
  return socket.read() as Buffer | null;
}
