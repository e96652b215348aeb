/** Sessions that are remembered; the one unused for longest is forgotten first. */
const MAX_SESSIONS = 100_000;
/** A session that polls does so every minute at least; one on a WebSocket needs no memory of ours. */
const MAX_IDLE_MS = 10 * 60_000;

/** What the query string of a request says about a session of engine.io, on which socket.io stands. */
export interface SessionQuery {
  /** The session it belongs to. */
  readonly id?: string;
  /** It is a handshake over polling: its answer names a new session. */
  readonly opens: boolean;
}

/** Reads a query string, without the question mark. engine.io protocol: `EIO` is its version, `sid` the session. */
export function findSession(query: string): SessionQuery {
  if (!query.includes('EIO=')) return none;
  const parameters = new URLSearchParams(query);
  const id = parameters.get('sid');
  if (id !== null && id !== '') return { id, opens: false };
  return parameters.get('transport') === 'polling' ? { opens: true } : none;
}

const none: SessionQuery = { opens: false };

/** A worker that may have sessions. */
interface SessionWorker {
  /** It lives, and answers requests of its sessions. */
  readonly takesSessions: boolean;
}

/** Which worker has which session: a session lives in the memory of one process. Bounded in number and age. */
export class Sessions<W extends SessionWorker> {
  readonly #now: () => number;
  /** The one unused for longest comes first. */
  readonly #entries = new Map<string, { readonly worker: W; readonly usedAt: number }>();

  /** @param now monotonic clock, milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#entries.size;
  }

  remember(id: string, worker: W): void {
    this.#entries.delete(id);
    this.#entries.set(id, { worker, usedAt: this.#now() });
    for (const [oldest, { usedAt }] of this.#entries) {
      if (this.#entries.size <= MAX_SESSIONS && this.#now() - usedAt < MAX_IDLE_MS) return;
      this.#entries.delete(oldest);
    }
  }

  /** The worker that has it, if it lives. */
  find(id: string): W | undefined {
    const worker = this.#entries.get(id)?.worker;
    if (worker === undefined) return undefined;
    if (worker.takesSessions) this.remember(id, worker);
    else this.#entries.delete(id);
    return worker.takesSessions ? worker : undefined;
  }

  /** Forgets what a worker had that is gone. */
  forget(worker: W): void {
    for (const [id, entry] of this.#entries) if (entry.worker === worker) this.#entries.delete(id);
  }
}

/** The opening packet is the first thing in the body, behind the head: nothing is looked for beyond this. */
const MAX_GREETING_BYTES = 16 * 1024;

/** Looks for the session's name in the answer to a handshake: `0{"sid":"…`, quoted once more for JSONP. */
export class Greeting {
  #text = '';
  #onFound: ((id: string) => void) | undefined;

  constructor(onFound: (id: string) => void) {
    this.#onFound = onFound;
  }

  /** Takes the next bytes of the response. */
  take(bytes: Buffer): void {
    if (this.#onFound === undefined) return;
    this.#text += bytes.subarray(0, MAX_GREETING_BYTES).toString('latin1');
    const id = /\\?"sid\\?":\\?"([\w-]{1,128})\\?"/.exec(this.#text)?.[1];
    if (id !== undefined) this.#onFound(id);
    if (id !== undefined || this.#text.length >= MAX_GREETING_BYTES) this.#onFound = undefined;
  }
}
