import { type SupervisorStatus } from '@httpd-express/supervisor';

type BridgeDetails = NonNullable<NonNullable<SupervisorStatus['bridge']>['details']>;

/** One line for each process; facts as `key=value`, for people and for `grep`. */
export function describeStatus({ pid, state, url, httpd, bridge }: SupervisorStatus): string {
  const { details } = bridge ?? {};
  return [
    `${state} pid=${pid} url=${url}\n`,
    `httpd ${httpd.state}${pidOf(httpd)} version=${httpd.version}\n`,
    ...(bridge === undefined ? [] : [`bridge ${bridge.state}${pidOf(bridge)}${describeBridge(details)}\n`]),
    ...(details?.workers ?? []).map(describeWorker),
    ...(details?.lastFailure === undefined ? [] : [`last failure: ${details.lastFailure.message}\n`]),
  ].join('');
}

function describeBridge(details: BridgeDetails | undefined): string {
  if (details === undefined) return ' queue=unknown';
  const restarts = Object.entries(details.restarts).map(([reason, count]) => `${reason}:${count}`);
  return ` generation=${details.generation} queue=${details.queueLength} restarts=${restarts.join(',') || 'none'}`;
}

function describeWorker(worker: BridgeDetails['workers'][number]): string {
  const { id, pid, state, generation, uptimeMs, inFlight, requests, rssBytes } = worker;
  const facts = {
    pid,
    generation,
    up: `${Math.floor(uptimeMs / 1000)}s`,
    'in-flight': inFlight,
    requests,
    memory: rssBytes === 0 ? 'unknown' : `${Math.round(rssBytes / 2 ** 20)}MB`,
  };
  const pairs = Object.entries(facts).map(([name, value]) => `${name}=${value}`);
  return `worker ${id} ${state} ${pairs.join(' ')}\n`;
}

function pidOf({ pid }: { readonly pid?: number }): string {
  return pid === undefined ? '' : ` pid=${pid}`;
}
