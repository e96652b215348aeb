import { type RecyclingLimits } from './messages.ts';

/** Why a worker that serves well is replaced; the name of the option that says so. */
export type RecycleReason =
  | 'interrupt-timeout'
  | 'maximum-requests'
  | 'restart-interval'
  | 'inactivity-timeout'
  | 'cpu-time-limit'
  | 'memory-limit';

/** What is known of a worker. */
export interface WorkerVitals {
  readonly requests: number;
  readonly inFlight: number;
  /** Since it became ready. */
  readonly uptimeMs: number;
  /** Since its latest request began or ended. */
  readonly idleMs: number;
  readonly cpuTimeMs: number;
  readonly rssBytes: number;
  /** See the heartbeat's field of this name. */
  readonly overdueMs: number;
}

/** Reason → limit and measure. A limit of 0 is never reached. */
const checks: Record<RecycleReason, (vitals: WorkerVitals, limits: RecyclingLimits) => boolean> = {
  'interrupt-timeout': ({ overdueMs }, { interruptTimeoutMs }) => reached(overdueMs, interruptTimeoutMs),
  'maximum-requests': ({ requests }, { maximumRequests }) => reached(requests, maximumRequests),
  'restart-interval': ({ uptimeMs }, { restartIntervalMs }) => reached(uptimeMs, restartIntervalMs),
  // A worker that has served nothing yet holds nothing that a new one would not hold.
  'inactivity-timeout': ({ requests, inFlight, idleMs }, { inactivityTimeoutMs }) =>
    requests > 0 && inFlight === 0 && reached(idleMs, inactivityTimeoutMs),
  'cpu-time-limit': ({ cpuTimeMs }, { cpuTimeLimitMs }) => reached(cpuTimeMs, cpuTimeLimitMs),
  'memory-limit': ({ rssBytes }, { memoryLimitBytes }) => reached(rssBytes, memoryLimitBytes),
};

/** The first limit a worker has reached, or undefined. */
export function findRecycleReason(vitals: WorkerVitals, limits: RecyclingLimits): RecycleReason | undefined {
  return (Object.keys(checks) as RecycleReason[]).find((reason) => checks[reason](vitals, limits));
}

/**
 * The limits of one worker: its share of requests is up to a tenth off the option's, and the workers that were started
 * together spread their first interval over its second half, so that they are not all replaced at the same time.
 *
 * @param place index of the worker's place among all places, 0 for one that was started alone
 * @param random in [0, 1)
 */
export function spreadLimits(
  limits: RecyclingLimits,
  { place, places, random }: { place: number; places: number; random: number },
): RecyclingLimits {
  return {
    ...limits,
    maximumRequests: Math.round(limits.maximumRequests * (0.9 + random * 0.2)),
    restartIntervalMs: limits.restartIntervalMs * (1 - place / (2 * places)),
  };
}

function reached(value: number, limit: number): boolean {
  return limit > 0 && value >= limit;
}
