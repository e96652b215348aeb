import type { Server } from 'node:http';
import type { Socket } from 'node:net';

import { areSocketsKept } from './keep-sockets.ts';
import type { CloseSocketsCommand, UpgradeCommand } from './messages.ts';
import type { ReadForwarded } from './trusted-proxy.ts';
import { rewriteUpgradedHead } from './upgraded-head.ts';
import { UpgradedSocket } from './upgraded-socket.ts';

/** What connections are handed over with. */
export interface UpgradedSocketsContext {
  /** They are emitted on it. */
  readonly server: Server;
  readonly mountPoint: string;
  readonly readForwarded: ReadForwarded;
}

/** Sockets as the bridge counts them. */
export interface SocketCounts {
  /** Received so far. */
  readonly taken: number;
  /** Of these, not yet closed. */
  readonly open: number;
}

/** The connections the bridge has handed over, until they are closed. Its other half is `bridge/src/worker-sockets.ts`. */
export class UpgradedSockets {
  readonly #context: UpgradedSocketsContext;
  readonly #handshakeTimeoutMs: number;
  readonly #report: (counts: SocketCounts) => void;
  readonly #open = new Set<UpgradedSocket>();
  readonly #waiting: (() => void)[] = [];
  #taken = 0;
  #isReportDue = false;
  /** Set once sockets are being closed. */
  #closing: { readonly command: CloseSocketsCommand; readonly at: number } | undefined;

  /** `report` is called after every change. */
  constructor(
    context: UpgradedSocketsContext,
    handshakeTimeoutMs: number,
    report: (counts: SocketCounts) => void,
  ) {
    this.#context = context;
    this.#handshakeTimeoutMs = handshakeTimeoutMs;
    this.#report = report;
  }

  /** Takes a connection over; absent when it was closed on its way. */
  take(command: UpgradeCommand, socket: Socket | undefined): void {
    this.#taken += 1;
    this.#reportSoon();
    if (socket === undefined) return;
    const { text, variables } = rewriteUpgradedHead(command, this.#context);
    const { server } = this.#context;
    socket.on('error', ignore); // 'close' follows
    const upgraded = new UpgradedSocket(socket, {
      server,
      variables,
      head: text,
      handshakeTimeoutMs: this.#handshakeTimeoutMs,
    });
    this.#open.add(upgraded);
    socket.once('close', () => {
      this.#forget(upgraded);
    });
    if (this.#closing !== undefined) this.#closeWithin([upgraded], this.#closing.command, this.#msLeft);
  }

  /** Closes what is open, evenly spread over the time; later sockets at its end. */
  close(command: CloseSocketsCommand): void {
    if (command.withinMs > 0 && areSocketsKept()) return;
    this.#closing = { command, at: performance.now() };
    this.#closeWithin([...this.#open], command, command.withinMs);
  }

  /** Settles when none is open. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#open.size === 0) resolve();
      else this.#waiting.push(resolve);
    });
  }

  get #msLeft(): number {
    const { command, at } = this.#closing ?? { command: { withinMs: 0 }, at: 0 };
    return Math.max(0, command.withinMs - (performance.now() - at));
  }

  #closeWithin(sockets: readonly UpgradedSocket[], { code }: CloseSocketsCommand, withinMs: number): void {
    sockets.forEach((socket, index) => {
      const delayMs = (withinMs * index) / sockets.length;
      if (delayMs === 0) socket.close(code);
      else
        setTimeout(() => {
          socket.close(code);
        }, delayMs).unref();
    });
  }

  #forget(socket: UpgradedSocket): void {
    this.#open.delete(socket);
    this.#reportSoon();
    if (this.#open.size > 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Many close in one turn of the event loop. */
  #reportSoon(): void {
    if (this.#isReportDue) return;
    this.#isReportDue = true;
    setImmediate(() => {
      this.#isReportDue = false;
      this.#report({ taken: this.#taken, open: this.#open.size });
    });
  }
}

function ignore(): void {
  // nothing to do
}
