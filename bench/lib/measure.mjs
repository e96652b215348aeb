// What is measured of a host under one load.
import { hosts } from '../hosts/index.mjs';
import { cpuTimeUs, mainThreadUs } from './accounting.mjs';
import { arrive } from './arrivals.mjs';
import { askApp } from './ask.mjs';
import { processesOf } from './place.mjs';
import { saturate } from './saturate.mjs';

/** Requests per second, CPU and event-loop time per request, latency, while the host gets as much as it can take. */
export async function atSaturation(place, scenario) {
  const { bodyBytes } = scenario;
  const watch = await startWatch(place, scenario);
  const load = await saturateHost(place, scenario);
  const { cpuUs, mainUs, loopUs } = await watch.stop();
  return {
    requestsPerSecond: load.requestsPerSecond,
    megabytesPerSecond: (bodyBytes === undefined ? load.bytes : load.requests * bodyBytes) / load.durationUs,
    cpuUsPerRequest: cpuUs / load.requests,
    requestsPerCpuSecond: (load.requests * 1e6) / cpuUs,
    mainUsPerRequest: mainUs / load.requests,
    loopUsPerRequest: loopUs / load.requests,
    p50Us: load.p50Us,
    p99Us: load.p99Us,
    p999Us: load.p999Us,
    errors: load.errors,
    badStatuses: load.status,
    timeouts: load.timeout,
  };
}

/** The same load without looking. */
export function saturateHost({ url, scratch }, { path, connections, seconds, bodyBytes }) {
  return saturate(`${url}${path}`, { scratch, connections, seconds, bodyBytes });
}

/** Latency at a rate the host does not choose. */
export async function atRate(place, scenario) {
  const { path, connections, seconds, rate } = scenario;
  const watch = await startWatch(place, scenario);
  const { requests, ...latencies } = await arrive({ port: place.port, path, connections, seconds, rate });
  const { cpuUs, mainUs, loopUs } = await watch.stop();
  return {
    ...latencies,
    cpuUsPerRequest: cpuUs / requests,
    mainUsPerRequest: mainUs / requests,
    loopUsPerRequest: loopUs / requests,
  };
}

/**
 * Reads the clocks of a host now and when it is stopped. `mainUs`: CPU time of the app's main thread; `loopUs`: time its
 * event loop was busy, which also counts waiting for a processor that others have. Both only where one process in Node
 * answered everything.
 */
async function startWatch(place, { kind }) {
  const app = kind === 'static' ? undefined : await findApp(place);
  const mainBefore = mainThreadUs(app?.pid);
  const cpuBefore = cpuTimeUs(processesOf(place));
  return {
    async stop() {
      const cpuUs = cpuTimeUs(processesOf(place)) - cpuBefore;
      const mainUs = mainThreadUs(app?.pid) - mainBefore;
      const after = app && (await findApp(place));
      if (app === undefined || after?.pid !== app.pid) return { cpuUs, mainUs: NaN, loopUs: NaN };
      return { cpuUs, mainUs, loopUs: (after.activeMs - app.activeMs) * 1000 };
    },
  };
}

/** Of several processes one would speak for all; hosts of other languages know no event loop. */
async function findApp(place) {
  if ((hosts[place.name].processes ?? 1) > 1) return undefined;
  const app = await askApp(place);
  return app?.activeMs === undefined ? undefined : app;
}
