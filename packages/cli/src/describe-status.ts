import { type SupervisorStatus } from '@httpd-express/supervisor';

/** One line for each process; facts as `key=value`, for people and for `grep`. */
export function describeStatus({ pid, state, url, httpd, bridge }: SupervisorStatus): string {
  const workers = (bridge?.details?.workers ?? []).map(
    ({ id, pid: workerPid, state: workerState, inFlight, requests, rssBytes }) =>
      `worker ${id} ${workerState} pid=${workerPid} in-flight=${inFlight} requests=${requests} memory=${rssBytes === 0 ? 'unknown' : `${Math.round(rssBytes / 2 ** 20)}MB`}\n`,
  );
  return [
    `${state} pid=${pid} url=${url}\n`,
    `httpd ${httpd.state}${pidOf(httpd)} version=${httpd.version}\n`,
    ...(bridge === undefined
      ? []
      : [`bridge ${bridge.state}${pidOf(bridge)} queue=${bridge.details?.queueLength ?? 'unknown'}\n`]),
    ...workers,
  ].join('');
}

function pidOf({ pid }: { readonly pid?: number }): string {
  return pid === undefined ? '' : ` pid=${pid}`;
}
