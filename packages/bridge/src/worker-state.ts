/** Where a worker is in its life. */
export type WorkerState = 'starting' | 'ready' | 'draining' | 'stopping' | 'exited';

/**
 * What can happen to it: it reports ready · it is to be drained · its last request ended · it is to stop ·
 * the deadline of its state passed · its process ended.
 */
export type WorkerEvent = 'ready' | 'drain' | 'idle' | 'stop' | 'deadline' | 'exit';

/** Where an event leads, and the signal that goes with it. */
export interface Step {
  readonly to: WorkerState;
  readonly send?: 'SIGTERM' | 'SIGKILL';
}

/** Every state × event; `null` is an event that changes nothing there. A missing pair does not compile. */
export const steps = {
  starting: {
    ready: { to: 'ready' },
    drain: { to: 'stopping', send: 'SIGTERM' },
    idle: null,
    stop: { to: 'stopping', send: 'SIGTERM' },
    deadline: { to: 'stopping', send: 'SIGKILL' },
    exit: { to: 'exited' },
  },
  ready: {
    ready: null,
    drain: { to: 'draining' },
    idle: null,
    stop: { to: 'stopping', send: 'SIGTERM' },
    // No heartbeat for deadlock-timeout: the event loop is stuck and would not see a SIGTERM.
    deadline: { to: 'stopping', send: 'SIGKILL' },
    exit: { to: 'exited' },
  },
  draining: {
    ready: null,
    drain: null,
    idle: { to: 'stopping', send: 'SIGTERM' },
    stop: { to: 'stopping', send: 'SIGTERM' },
    deadline: { to: 'stopping', send: 'SIGTERM' },
    exit: { to: 'exited' },
  },
  stopping: {
    ready: null,
    drain: null,
    idle: null,
    stop: null,
    deadline: { to: 'stopping', send: 'SIGKILL' },
    exit: { to: 'exited' },
  },
  exited: { ready: null, drain: null, idle: null, stop: null, deadline: null, exit: null },
} as const satisfies Record<WorkerState, Record<WorkerEvent, Step | null>>;

/** The step for `event` in `state`, or `null` when nothing changes. */
export function nextStep(state: WorkerState, event: WorkerEvent): Step | null {
  return steps[state][event];
}
