import { type SupervisorStatus } from '@httpd-express/supervisor';

type BridgeDetails = NonNullable<NonNullable<SupervisorStatus['bridge']>['details']>;

/** One line for each process; facts as `key=value`, for people and for `grep`. */
export function describeStatus({ pid, state, url, httpd, bridge, services = [] }: SupervisorStatus): string {
  const { details } = bridge ?? {};
  return [
    `${state} pid=${pid} url=${url}\n`,
    `httpd ${httpd.state}${pidOf(httpd)} version=${httpd.version}\n`,
    ...(bridge === undefined ? [] : [`bridge ${bridge.state}${pidOf(bridge)}${describeBridge(details)}\n`]),
    ...(details === undefined ? [] : [describeWorkers(bridge)]),
    ...services.map((service) => `service ${service.name} ${service.state}${pidOf(service)}\n`),
    ...(details?.lastFailure === undefined ? [] : [`last failure: ${details.lastFailure.message}\n`]),
  ].join('');
}

/** One line for each worker, or one that says why there is none. */
export function describeWorkers(bridge: SupervisorStatus['bridge']): string {
  if (bridge === undefined) return 'only files are served: there are no workers\n';
  if (bridge.details === undefined) return `workers unknown: the bridge is ${bridge.state}\n`;
  return bridge.details.workers.map(describeWorker).join('');
}

function describeBridge(details: BridgeDetails | undefined): string {
  if (details === undefined) return ' queue=unknown';
  const restarts = Object.entries(details.restarts).map(([reason, count]) => `${reason}:${count}`);
  return ` generation=${details.generation} queue=${details.queueLength} restarts=${restarts.join(',') || 'none'}`;
}

function describeWorker(worker: BridgeDetails['workers'][number]): string {
  const {
    id,
    pid,
    state,
    generation,
    uptimeMs,
    inFlight,
    sockets,
    requests,
    rssBytes,
    cpuTimeMs,
    loopDelayMs,
  } = worker;
  const facts = {
    pid,
    generation,
    up: `${Math.floor(uptimeMs / 1000)}s`,
    'in-flight': inFlight,
    sockets,
    requests,
    memory: rssBytes === 0 ? 'unknown' : `${Math.round(rssBytes / 2 ** 20)}MB`,
    cpu: `${(cpuTimeMs / 1000).toFixed(1)}s`,
    lag: `${Math.round(loopDelayMs)}ms`,
  };
  const pairs = Object.entries(facts).map(([name, value]) => `${name}=${value}`);
  return `worker ${id} ${state} ${pairs.join(' ')}\n`;
}

function pidOf({ pid }: { readonly pid?: number }): string {
  return pid === undefined ? '' : ` pid=${pid}`;
}
