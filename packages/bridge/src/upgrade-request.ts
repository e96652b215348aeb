import { type Socket } from 'node:net';

import { MAX_PARAMS_BYTES } from '@httpd-express/fastcgi';
import { type UpgradeCommand } from '@httpd-express/worker/messages';

import { type ConnectionHandle } from './connection-handle.ts';
import { detachHandle } from './detach-handle.ts';
import { log } from './log.ts';
import { encodeOwnHttpResponse, type OwnReason, statusOf } from './own-response.ts';
import { parseUpgradeHead, type UpgradeHead } from './upgrade-head.ts';

/** httpd sends a head in one piece; one that is not complete by then never will be. */
const HEAD_TIMEOUT_MS = 10_000;
/** As for the variables of other requests. */
const MAX_HEAD_BYTES = MAX_PARAMS_BYTES;
/** Bytes after the head that are held until there is a worker. */
const MAX_HELD_BYTES = 64 * 1024;

/** What a request for an upgrade needs of the rest of the bridge. */
export interface UpgradeOwner {
  /** Its head is complete: find a worker, or queue, or refuse. */
  submit(request: UpgradeRequest): void;
  /** It is over: refused, or its client has left. Not called for one that was handed over. */
  withdraw(request: UpgradeRequest): void;
  explain(reason: OwnReason): string | undefined;
}

/** A connection as it is given to a worker. */
export interface HandOver {
  readonly command: UpgradeCommand;
  readonly socket: Socket;
  /** Our copy of the connection, to be closed when the worker never takes it. */
  readonly handle: ConnectionHandle;
}

/** One connection from httpd that asks for an upgrade, until a worker has it: we read its head and nothing else. */
export class UpgradeRequest {
  readonly #socket: Socket;
  readonly #owner: UpgradeOwner;
  #received = '';
  #head: UpgradeHead | undefined;
  /** What came after the head. */
  #rest = '';
  #timer: NodeJS.Timeout | undefined;
  #state: 'reading' | 'waiting' | 'ended' = 'reading';

  constructor(socket: Socket, owner: UpgradeOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#arm(HEAD_TIMEOUT_MS, 'bad-upgrade');
    socket.on('data', (chunk: Buffer) => {
      this.#onData(chunk.toString('latin1'));
    });
    socket.on('error', () => {
      /* 'close' follows and says all there is to do */
    });
    socket.on('close', () => {
      this.#end();
    });
  }

  /** The target of the request, once its head is complete. */
  get target(): string {
    return this.#head?.target ?? '';
  }

  /** Waits for a worker; the time counts on when it comes back to the queue. */
  wait(timeoutMs: number): void {
    if (timeoutMs > 0 && this.#timer === undefined) this.#arm(timeoutMs, 'queue-timeout');
  }

  /** Answers by ourselves. */
  refuse(reason: OwnReason): void {
    if (this.#state === 'ended') return;
    const [path] = this.target.split('?');
    log('error', `request failed: ${reason}`, {
      status: statusOf(reason),
      request: `${this.#head?.method ?? '?'} ${(path ?? '').slice(0, 200)}`,
    });
    this.#socket.end(encodeOwnHttpResponse(reason, this.#owner.explain(reason)));
    this.#end();
  }

  /**
   * Gives the connection away: from here on it is not ours. Undefined when it has ended.
   * Precondition: its head is complete, and `child.send` follows in this turn of the event loop.
   */
  handOver(): HandOver | undefined {
    if (this.#state === 'ended' || this.#head === undefined) return undefined;
    const { text, variables } = this.#head;
    this.#state = 'ended';
    clearTimeout(this.#timer);
    const handle = detachHandle(this.#socket);
    if (handle === undefined) return undefined;
    this.#socket.removeAllListeners('data').removeAllListeners('close');
    return { command: { type: 'upgrade', head: text + this.#rest, variables }, socket: this.#socket, handle };
  }

  #onData(text: string): void {
    if (this.#state === 'waiting') {
      this.#rest += text;
      if (this.#rest.length > MAX_HELD_BYTES) this.#socket.pause();
    }
    if (this.#state !== 'reading') return;
    this.#received += text;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end >= 0 && end <= MAX_HEAD_BYTES) this.#begin(end + 4);
    else if (this.#received.length > MAX_HEAD_BYTES) this.refuse('bad-upgrade');
  }

  #begin(end: number): void {
    this.#head = parseUpgradeHead(this.#received.slice(0, end));
    this.#rest = this.#received.slice(end);
    this.#received = '';
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#head === undefined) {
      this.refuse('bad-upgrade');
      return;
    }
    this.#state = 'waiting';
    this.#owner.submit(this);
  }

  #end(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    clearTimeout(this.#timer);
    this.#owner.withdraw(this);
  }

  #arm(delayMs: number, reason: OwnReason): void {
    this.#timer = setTimeout(() => {
      this.refuse(reason);
    }, delayMs);
  }
}
