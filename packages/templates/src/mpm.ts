/** How many clients httpd serves at once, and with how many processes and threads: formulas only. */

/** What is asked of the app, and the number of clients the user asked for, if any. */
export interface MpmCapacity {
  readonly processes: number;
  /** Requests in flight per process. */
  readonly concurrency: number;
  readonly maxClients?: number;
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
export function preforkLimits(maxClients: number): PreforkLimits {
  const spare = Math.max(1, Math.trunc(0.05 * maxClients));
  return {
    ServerLimit: maxClients,
    StartServers: spare,
    MinSpareServers: spare,
    MaxSpareServers: Math.max(1, Math.trunc(0.1 * maxClients)),
    MaxRequestWorkers: maxClients,
  };
}

/**
 * Processes of at most 20 threads: three fifths of them started and spare, all kept. May round the clients up. httpd
 * adds processes once a second, 1, 2, 4 and so on, and nobody is served meanwhile; an idle one costs 0.6 MB.
 */
export function threadedLimits(maxClients: number): ThreadedLimits {
  const threads = maxClients > 20 ? Math.trunc(maxClients / (Math.trunc(maxClients / 20) + 1)) : 10;
  const servers = Math.ceil(maxClients / threads);
  const share = (fraction: number) => Math.trunc(fraction * servers);
  return {
    ServerLimit: servers,
    ThreadLimit: threads,
    StartServers: Math.max(1, share(0.6)),
    MinSpareThreads: Math.max(threads, share(0.6) * threads),
    MaxSpareThreads: servers * threads,
    ThreadsPerChild: threads,
    MaxRequestWorkers: servers * threads,
  };
}
