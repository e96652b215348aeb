import { type ChildProcess, type SendHandle } from 'node:child_process';

import { type WorkerCommand, type WorkerReport } from '@httpd-express/worker/messages';

import { takeStack } from './hang-report.ts';
import { OutputTail } from './output-tail.ts';
import { relayOutput } from './worker-output.ts';

/** For a worker that marks nothing: no text contains it. */
const NO_MARK = '\x1e\x00\x1e';

/** Whose process it is, and who is told of it. */
export interface WorkerProcessOptions {
  readonly worker: number;
  /** What the worker marks its own output with. */
  readonly mark: string | undefined;
  readonly onReport: (report: WorkerReport) => void;
  /** Called once. */
  readonly onEnd: () => void;
}

/** The process of a worker: its IPC channel, its output, its end. What that means is for `WorkerHandle` to say. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #tail = new OutputTail();
  #error: Error | undefined;
  #onEnd: (() => void) | undefined;

  constructor(child: ChildProcess, { worker, mark = NO_MARK, onReport, onEnd }: WorkerProcessOptions) {
    this.#child = child;
    this.#onEnd = onEnd;
    child.on('message', (report) => {
      onReport(report as WorkerReport);
    });
    child.on('error', (error) => {
      this.#error ??= error;
      this.#look();
    });
    for (const event of ['exit', 'disconnect'])
      child.on(event, () => {
        this.#look();
      });
    const output = { worker, pid: this.pid ?? 0, mark };
    if (child.stdout) relayOutput(child.stdout, { ...output, level: 'info' });
    if (child.stderr)
      relayOutput(child.stderr, {
        ...output,
        level: 'error',
        onText: (bytes) => {
          this.#tail.add(bytes);
        },
      });
  }

  /** Undefined for one that could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The end of what it wrote to stderr. */
  get lastWords(): string {
    return this.#tail.text;
  }

  /** How it ended: a signal, an exit status, or why there was no process. */
  get end(): string {
    const { exitCode, signalCode } = this.#child;
    return signalCode ?? (exitCode === null ? this.#error?.message : undefined) ?? `exit status ${exitCode}`;
  }

  /** Whether it ended as one that was asked to. */
  get endedInOrder(): boolean {
    return this.#child.exitCode === 0 || this.#child.signalCode === 'SIGTERM';
  }

  /** Tells it over IPC. One that has ended before it could be told anything is reported by its end. */
  say(command: WorkerCommand, handle?: SendHandle): void {
    if (this.#child.connected) this.#child.send(command, handle, {}, () => undefined);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** What its event loop is stuck in; undefined when that cannot be told within `withinMs`. */
  takeStack(withinMs: number): Promise<string | undefined> {
    return takeStack(
      { kill: (signal) => this.#child.kill(signal), nextOutput: (pattern) => this.#tail.nextMatch(pattern) },
      withinMs,
    );
  }

  /** It has ended when the channel is empty as well: a report sent just before the end is read before that counts. */
  #look(): void {
    const { exitCode, signalCode, connected } = this.#child;
    if (this.pid !== undefined && ((exitCode === null && signalCode === null) || connected)) return;
    const onEnd = this.#onEnd;
    this.#onEnd = undefined;
    onEnd?.();
  }
}
