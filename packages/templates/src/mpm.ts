/** How many clients httpd serves at once, and with how many processes and threads: formulas only. */

/** What is asked of the app, and the number of clients the user asked for, if any. */
export interface MpmCapacity {
  readonly processes: number;
  /** Requests in flight per process. */
  readonly concurrency: number;
  readonly maxClients?: number;
  readonly spare?: SpareWorkers;
}

/** Shares from 0 to 1 of all of httpd's workers; absent ones are those of the MPM. */
export interface SpareWorkers {
  readonly initial?: number;
  /** Absent means as `initial`. */
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Directives of prefork, by their names. */
export type PreforkLimits = Readonly<
  Record<'ServerLimit' | 'StartServers' | 'MinSpareServers' | 'MaxSpareServers' | 'MaxRequestWorkers', number>
>;

/** Directives of event and worker, by their names. */
export type ThreadedLimits = Readonly<
  Record<
    | 'ServerLimit'
    | 'ThreadLimit'
    | 'StartServers'
    | 'MinSpareThreads'
    | 'MaxSpareThreads'
    | 'ThreadsPerChild'
    | 'MaxRequestWorkers',
    number
  >
>;

/**
 * The fewest clients event and worker are sized for. A slow client pins a thread for as long as it reads or writes,
 * so a server sized by its app alone stalls for everyone while a few dozen slow ones are connected.
 */
const threadedClientFloor = 400;

/** Clients to serve at once: as asked, but never fewer than the app can serve; else half as many again as that. */
export function computeMaxClients({ processes, concurrency, maxClients }: MpmCapacity): number {
  const base = processes * concurrency;
  return maxClients === undefined ? 10 + Math.max(10, Math.trunc(1.5 * base)) : Math.max(maxClients, base);
}

/** `computeMaxClients` for event and worker, with the floor unless the number was asked for. */
export function computeThreadedMaxClients(capacity: MpmCapacity): number {
  const clients = computeMaxClients(capacity);
  return capacity.maxClients === undefined ? Math.max(threadedClientFloor, clients) : clients;
}

/** One process per client: a twentieth of them started and spare, a tenth kept. */
export function preforkLimits(
  maxClients: number,
  { initial = 0.05, minimum = initial, maximum = 0.1 }: SpareWorkers = {},
): PreforkLimits {
  const share = (fraction: number) => Math.max(1, Math.trunc(fraction * maxClients));
  return {
    ServerLimit: maxClients,
    StartServers: share(initial),
    MinSpareServers: share(minimum),
    MaxSpareServers: share(maximum),
    MaxRequestWorkers: maxClients,
  };
}

/**
 * A process has a listener that hands its requests to its threads: with few of them more requests are handed on at a time,
 * and fewer threads are switched between (httpd 2.4 mpm_event; 20 threads take a sixth more CPU time per request).
 */
const maxThreadsPerProcess = 100;

/**
 * As few processes as hold the clients: three fifths of them started and spare, all kept. May round the clients up. httpd
 * adds processes once a second, 1, 2, 4 and so on, and nobody is served meanwhile; an idle thread costs 30 KB.
 */
export function threadedLimits(
  maxClients: number,
  { initial = 0.6, minimum = initial, maximum = 1 }: SpareWorkers = {},
): ThreadedLimits {
  const servers = Math.ceil(maxClients / maxThreadsPerProcess);
  const threads = Math.max(10, Math.ceil(maxClients / servers));
  const share = (fraction: number) => Math.max(1, Math.ceil(fraction * servers));
  return {
    ServerLimit: servers,
    ThreadLimit: threads,
    StartServers: share(initial),
    MinSpareThreads: share(minimum) * threads,
    MaxSpareThreads: share(maximum) * threads,
    ThreadsPerChild: threads,
    MaxRequestWorkers: servers * threads,
  };
}
