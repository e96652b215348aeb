/** Where a worker is in its life. */
export type WorkerState = 'starting' | 'ready' | 'stuck' | 'draining' | 'stopping' | 'exited';

/**
 * What can happen to it: it reports ready · it is to be drained · its last request ended · it is to stop · it must end
 * now · the deadline of its state passed · its process ended.
 */
export type WorkerEvent = 'ready' | 'drain' | 'idle' | 'stop' | 'kill' | 'deadline' | 'exit';

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
    kill: { to: 'stopping', send: 'SIGKILL' },
    deadline: { to: 'stopping', send: 'SIGKILL' },
    exit: { to: 'exited' },
  },
  ready: {
    ready: null,
    drain: { to: 'draining' },
    idle: null,
    stop: { to: 'stopping', send: 'SIGTERM' },
    kill: { to: 'stopping', send: 'SIGKILL' },
    // No heartbeat for deadlock-timeout: the event loop is stuck.
    deadline: { to: 'stuck' },
    exit: { to: 'exited' },
  },
  // Its stack is being taken. It would not see a SIGTERM.
  stuck: {
    ready: null,
    drain: null,
    idle: null,
    stop: { to: 'stopping', send: 'SIGKILL' },
    kill: { to: 'stopping', send: 'SIGKILL' },
    deadline: { to: 'stopping', send: 'SIGKILL' },
    exit: { to: 'exited' },
  },
  draining: {
    ready: null,
    drain: null,
    idle: { to: 'stopping', send: 'SIGTERM' },
    stop: { to: 'stopping', send: 'SIGTERM' },
    kill: { to: 'stopping', send: 'SIGKILL' },
    deadline: { to: 'stopping', send: 'SIGTERM' },
    exit: { to: 'exited' },
  },
  stopping: {
    ready: null,
    drain: null,
    idle: null,
    stop: null,
    kill: { to: 'stopping', send: 'SIGKILL' },
    deadline: { to: 'stopping', send: 'SIGKILL' },
    exit: { to: 'exited' },
  },
  exited: { ready: null, drain: null, idle: null, stop: null, kill: null, deadline: null, exit: null },
} as const satisfies Record<WorkerState, Record<WorkerEvent, Step | null>>;

/** The step for `event` in `state`, or `null` when nothing changes. */
export function nextStep(state: WorkerState, event: WorkerEvent): Step | null {
  return steps[state][event];
}
