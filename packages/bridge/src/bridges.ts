import { type WorkerFailure } from '@httpd-express/worker/messages';

import { Bridge } from './bridge.ts';
import { type BridgeSettings, type BridgeStatus } from './messages.ts';
import { type RollOptions } from './pool.ts';

/** The bridge to the app, and the one to the scripts that decide who is let in, where there are any: told the same. */
export class Bridges {
  /** The scripts come first: nobody is served by an app whose scripts do not load. */
  readonly #all: readonly Bridge[];
  readonly #app: Bridge;

  constructor(settings: BridgeSettings, workerMainPath: string) {
    let lastWorkerId = 0;
    const create = (each: BridgeSettings): Bridge =>
      new Bridge(each, workerMainPath, () => (lastWorkerId += 1));
    const access = settings.access === undefined ? [] : [create(settings.access)];
    this.#app = create(settings);
    this.#all = [...access, this.#app];
  }

  get status(): BridgeStatus {
    const all = this.#all.map(({ status }) => status);
    const lastFailure = all.find((status) => status.lastFailure !== undefined)?.lastFailure;
    return {
      ...this.#app.status,
      queueLength: all.reduce((sum, { queueLength }) => sum + queueLength, 0),
      restarts: sumByReason(all.map(({ restarts }) => restarts)),
      ...(lastFailure && { lastFailure }),
      workers: all.flatMap(({ workers }) => workers).sort((a, b) => a.id - b.id),
    };
  }

  /** @throws {CannotListenError} ERR_BRIDGE_CANNOT_LISTEN */
  async listen(): Promise<void> {
    for (const bridge of this.#all) await bridge.listen();
  }

  /** Settles when everything has a worker that is ready (undefined), or with the first reason why something has none. */
  async startWorkers(): Promise<WorkerFailure | undefined> {
    const failures = await Promise.all(this.#all.map((bridge) => bridge.startWorkers()));
    return failures.find((failure) => failure !== undefined);
  }

  watchFiles(): void {
    for (const bridge of this.#all) bridge.watchFiles();
  }

  /** Replaces workers; those of the app only when the scripts have loaded again. */
  async roll(options: RollOptions = {}): Promise<WorkerFailure | undefined> {
    const { worker } = options;
    if (worker !== undefined)
      return (this.#all.find((bridge) => bridge.hasWorker(worker)) ?? this.#app).roll(options);
    for (const bridge of this.#all) {
      const failure = await bridge.roll(options);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  signal(signal: NodeJS.Signals): void {
    this.#app.signal(signal); // it would end scripts, which do not expect it
  }

  closeSockets(): void {
    this.#app.closeSockets();
  }

  /** The app first: its clients are still to be let in. */
  async stop(): Promise<void> {
    await this.#app.stop();
    await Promise.all(this.#all.filter((bridge) => bridge !== this.#app).map((bridge) => bridge.stop()));
  }
}

function sumByReason(counts: readonly BridgeStatus['restarts'][]): BridgeStatus['restarts'] {
  const sums: Record<string, number> = {};
  for (const [reason, count] of counts.flatMap((each) => Object.entries(each)))
    sums[reason] = (sums[reason] ?? 0) + count;
  return sums;
}
