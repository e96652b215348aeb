/** The handle against a process that does anything at any time, on a clock that the test turns. */
import { type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';

import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';

import { WorkerHandle } from '../src/worker-handle.ts';
import { type WorkerState } from '../src/worker-state.ts';

const deadlines = { startupMs: 100, deadlockMs: 200, gracefulMs: 300, shutdownMs: 50 };
const noLimits = {
  interruptTimeoutMs: 0,
  maximumRequests: 0,
  restartIntervalMs: 0,
  inactivityTimeoutMs: 0,
  cpuTimeLimitMs: 0,
  memoryLimitBytes: 0,
};

/** Where each state may lead. */
const allowed: Record<WorkerState, readonly WorkerState[]> = {
  starting: ['ready', 'stopping', 'exited'],
  ready: ['draining', 'stuck', 'stopping', 'exited'],
  stuck: ['stopping', 'exited'],
  draining: ['stopping', 'exited'],
  stopping: ['stopping', 'exited'],
  exited: [],
};

class FakeChild extends EventEmitter {
  readonly pid = 1;
  connected = true;
  exitCode: number | null = null;
  signalCode: NodeJS.Signals | null = null;
  readonly signals: NodeJS.Signals[] = [];

  kill(signal: NodeJS.Signals): boolean {
    this.signals.push(signal);
    return true;
  }

  send(): boolean {
    return true;
  }

  /** The process ends, and its channel with it. */
  end(signal: NodeJS.Signals | null): void {
    if (this.exitCode !== null || this.signalCode !== null) return;
    if (signal === null) this.exitCode = 0;
    else this.signalCode = signal;
    this.connected = false;
    this.emit('exit');
    this.emit('disconnect');
  }
}

interface Drama {
  readonly child: FakeChild;
  readonly worker: WorkerHandle;
  readonly states: WorkerState[];
}

const happenings: Record<string, (drama: Drama) => void> = {
  ready: ({ child }) => child.emit('message', { type: 'ready' }),
  heartbeat: ({ child }) =>
    child.emit('message', { type: 'heartbeat', loopDelayMs: 0, rssBytes: 1, cpuTimeMs: 1, overdueMs: 0 }),
  failed: ({ child }) => child.emit('message', { type: 'failed', failure: { code: 'ERR', message: 'no' } }),
  exit: ({ child }) => {
    child.end(null);
  },
  crash: ({ child }) => {
    child.end('SIGSEGV');
  },
  drain: ({ worker }) => {
    worker.drain();
  },
  stop: ({ worker }) => {
    worker.stop();
  },
  kill: ({ worker }) => {
    worker.kill();
  },
  'a moment': () => {
    jest.advanceTimersByTime(40);
  },
  'a while': () => {
    jest.advanceTimersByTime(400);
  },
};

function begin(): Drama {
  const child = new FakeChild();
  const states: WorkerState[] = ['starting'];
  const worker = new WorkerHandle({
    id: 1,
    generation: 1,
    limits: noLimits,
    ignoreActivity: [],
    now: () => performance.now(),
    settings: {
      app: { kind: 'script', entry: '/app.ts', mountPoint: '/' },
      socketPath: '/nonexistent/worker.sock',
      id: 1,
      capacity: { processes: 1, concurrency: 100 },
      shutdownTimeoutMs: 5000,
      processGroup: 'test',
      heartbeatIntervalMs: 50,
      handshakeTimeoutMs: 0,
      reportsFiles: false,
      publicAddress: { address: '127.0.0.1', port: 1 },
    },
    deadlines,
    spawn: () => child as unknown as ChildProcess,
    observer: {
      stateChanged: ({ state }) => states.push(state),
      heartbeat: () => undefined,
      requestEnded: () => undefined,
      refused: () => undefined,
      socketRefused: () => undefined,
    },
  });
  return { child, worker, states };
}

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(process.stderr, 'write').mockReturnValue(true);
});

afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

test('no order of events leads to an illegal state, a second life or a timer that outlives the process', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...Object.keys(happenings)), { maxLength: 30 }), (names) => {
      const drama = begin();
      for (const name of names) happenings[name]?.(drama);
      drama.child.end('SIGKILL');
      for (const [index, state] of drama.states.slice(1).entries())
        expect(allowed[drama.states[index] ?? 'exited']).toContain(state);
      expect(drama.states.filter((state) => state === 'exited')).toHaveLength(1);
      expect(drama.worker.state).toBe('exited');
      const signalsAtEnd = drama.child.signals.length;
      jest.advanceTimersByTime(10_000);
      expect(drama.child.signals).toHaveLength(signalsAtEnd);
      jest.clearAllTimers();
    }),
    { numRuns: 300 },
  );
});

test('a process that ignores everything is killed within the sum of its deadlines', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('ready', 'drain', 'stop', 'kill'), { minLength: 1, maxLength: 6 }),
      (names) => {
        const drama = begin();
        for (const name of names) happenings[name]?.(drama);
        drama.worker.stop();
        jest.advanceTimersByTime(deadlines.gracefulMs + deadlines.shutdownMs + 10);
        expect(drama.child.signals).toContain('SIGKILL');
        drama.child.end('SIGKILL');
        jest.clearAllTimers();
      },
    ),
  );
});

test('a failure reported before the end is what ready settles with', async () => {
  const { child, worker } = begin();
  child.emit('message', { type: 'failed', failure: { code: 'ERR_APP', message: 'no such module' } });
  child.end(null);
  await expect(worker.ready).resolves.toEqual({ code: 'ERR_APP', message: 'no such module' });
});

test('a worker that owes heartbeats is not responsive, and is again with the next one', () => {
  const { child, worker } = begin();
  happenings['ready']?.({ child, worker, states: [] });
  expect(worker.isResponsive).toBe(true);
  jest.advanceTimersByTime(130);
  expect(worker.isResponsive).toBe(false);
  happenings['heartbeat']?.({ child, worker, states: [] });
  expect(worker.isResponsive).toBe(true);
  child.end(null);
});
