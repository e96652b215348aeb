import { type WorkerReport } from '@httpd-express/worker/messages';

import { type WorkerVitals } from './recycling.ts';
import { type BridgeRequest } from './request.ts';

/** Heartbeats a worker may owe before requests go elsewhere: one is always on its way. */
const OWED_HEARTBEATS = 2.5;

/** What a pulse is measured with. */
export interface WorkerPulseOptions {
  /** Monotonic clock, milliseconds. */
  readonly now: () => number;
  readonly heartbeatIntervalMs: number;
  /** URL paths whose requests do not count as activity. */
  readonly ignoreActivity: readonly string[];
}

type Heartbeat = Omit<Extract<WorkerReport, { type: 'heartbeat' }>, 'type'>;

/** How a worker does: what its heartbeats say, and what it was given to do. */
export class WorkerPulse {
  readonly #options: WorkerPulseOptions;
  #latest: Heartbeat = { loopDelayMs: 0, rssBytes: 0, cpuTimeMs: 0, overdueMs: 0 };
  #requests = 0;
  #readyAt: number | undefined;
  #activeAt = 0;
  #heartbeatAt = 0;

  constructor(options: WorkerPulseOptions) {
    this.#options = options;
  }

  /** The latest heartbeat; zeros before the first. */
  get latest(): Heartbeat {
    return this.#latest;
  }

  /** So late with its heartbeat that its event loop must be blocked. */
  get isLate(): boolean {
    return this.#options.now() - this.#heartbeatAt >= this.#options.heartbeatIntervalMs * OWED_HEARTBEATS;
  }

  /** The worker is ready. */
  begin(): void {
    this.#readyAt = this.#activeAt = this.#heartbeatAt = this.#options.now();
  }

  beat(heartbeat: Heartbeat): void {
    this.#latest = heartbeat;
    this.#heartbeatAt = this.#options.now();
  }

  /** It was given a request. */
  requestBegan(request: BridgeRequest): void {
    this.#requests += 1;
    this.#noteActivity(request);
  }

  /** It was given a connection. */
  socketCame(): void {
    this.#requests += 1;
    this.#activeAt = this.#options.now();
  }

  requestEnded(request: BridgeRequest): void {
    this.#noteActivity(request);
  }

  /** Everything that decides about its replacement. */
  readVitals(inFlight: number): WorkerVitals {
    const now = this.#options.now();
    return {
      ...this.#latest,
      requests: this.#requests,
      inFlight,
      uptimeMs: this.#readyAt === undefined ? 0 : now - this.#readyAt,
      idleMs: now - this.#activeAt,
    };
  }

  #noteActivity(request: BridgeRequest): void {
    const { ignoreActivity, now } = this.#options;
    if (ignoreActivity.some((url) => isUnder(request.path, url))) return;
    this.#activeAt = now();
  }
}

function isUnder(path: string, url: string): boolean {
  return path === url || path.startsWith(url.endsWith('/') ? url : `${url}/`);
}
