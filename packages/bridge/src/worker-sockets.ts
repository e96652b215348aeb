import { type Socket } from 'node:net';

import { type UpgradeCommand } from '@httpd-express/worker/messages';

import { type ConnectionHandle } from './connection-handle.ts';
import { type UpgradeRequest } from './upgrade-request.ts';

/** Sends a connection with its message; the process may be gone, which its exit tells. */
type Send = (command: UpgradeCommand, socket: Socket) => void;

/**
 * The upgraded connections of one worker. They are sent one at a time: what has not been sent when the worker ends is
 * still ours, and another worker's to have. The other half is `packages/worker/src/upgraded-sockets.ts`.
 */
export class WorkerSockets {
  readonly #send: Send;
  /** In the order of arrival. */
  readonly #waiting = new Set<UpgradeRequest>();
  /** The one on its way. */
  #underWay: ConnectionHandle | undefined;
  #sent = 0;
  #taken = 0;
  #open = 0;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Open ones, and those on their way to the worker. */
  get count(): number {
    return this.#waiting.size + this.#sent - this.#taken + this.#open;
  }

  give(request: UpgradeRequest): void {
    this.#waiting.add(request);
    this.#sendNext();
  }

  /** The worker tells what it has. */
  update({ taken, open }: { readonly taken: number; readonly open: number }): void {
    this.#taken = taken;
    this.#open = open;
    if (taken === this.#sent) this.#underWay = undefined;
    this.#sendNext();
  }

  /** Takes back those that have not been sent. */
  evacuate(): UpgradeRequest[] {
    const requests = [...this.#waiting];
    this.#waiting.clear();
    return requests;
  }

  /** The worker has ended: closes the one that was on its way. It may have been seen, so nobody else gets it. */
  end(): void {
    this.#underWay?.close();
    this.#underWay = undefined;
  }

  #sendNext(): void {
    if (this.#sent > this.#taken) return;
    for (const request of this.#waiting) {
      this.#waiting.delete(request);
      const handOver = request.handOver();
      if (handOver === undefined) continue; // its client has left
      this.#sent += 1;
      this.#underWay = handOver.handle;
      this.#send(handOver.command, handOver.socket);
      return;
    }
  }
}
