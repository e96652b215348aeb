import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { type BridgeSettings } from '@httpd-express/bridge/messages';
import { RestartPolicy, type RestartPolicyOptions } from '@httpd-express/bridge/restart-policy';

import { readAppEnvironment } from './app-environment.ts';
import { BridgeHandle } from './bridge-handle.ts';
import { ErrorLog } from './error-log.ts';
import { HttpdHandle } from './httpd-handle.ts';
import { Keeper } from './keeper.ts';
import { ServiceHandle } from './service-handle.ts';
import { type ServiceSettings, type SupervisorSettings } from './supervisor-settings.ts';

/** A run of ten seconds was a good one: a port that is taken or a broken configuration shows itself sooner. */
const RESTART: RestartPolicyOptions = {
  initialDelayMs: 250,
  maximumDelayMs: 10_000,
  resetAfterMs: 10_000,
  now: () => performance.now(),
};

/** The bridge is up when the app serves: a second of that was a good run, as it is for a worker. */
const BRIDGE_RESTART: RestartPolicyOptions = { ...RESTART, resetAfterMs: 1000 };

/** httpd that fails this often in a row is not mended by trying: its machine or its configuration is broken. */
const MAXIMUM_HTTPD_FAILURES = 5;

/** What a supervisor keeps running. */
export interface Keepers {
  readonly httpd: Keeper<HttpdHandle>;
  /** Absent where only files are served. */
  readonly bridge: Keeper<BridgeHandle> | undefined;
  readonly services: readonly (readonly [name: string, keeper: Keeper<ServiceHandle>])[];
}

/** What the keepers need of their supervisor. */
export interface KeepersOptions {
  readonly log: ErrorLog;
  /** The bridge's program; absent means that of `@httpd-express/bridge/main`. */
  readonly bridgeMainPath?: string;
  /** When httpd and the bridge are started again. */
  readonly restart?: Partial<RestartPolicyOptions>;
  /** httpd fails for good. */
  readonly onGivenUp: (problem: Error) => void;
  /** Removes what a bridge that was killed has left behind. */
  readonly cleanSockets: () => Promise<void>;
}

/** Keepers that have started nothing yet. */
export function createKeepers(settings: SupervisorSettings, options: KeepersOptions): Keepers {
  const { bridge, services = [] } = settings;
  return {
    httpd: createHttpdKeeper(settings, options),
    bridge: bridge && createBridgeKeeper(settings, bridge, options),
    services: services.map((service) => [service.name, createServiceKeeper(settings, service, options)]),
  };
}

function createHttpdKeeper(
  settings: SupervisorSettings,
  { log, restart, onGivenUp }: KeepersOptions,
): Keeper<HttpdHandle> {
  return new Keeper({
    name: 'httpd',
    start: (signal) => HttpdHandle.start({ settings, log, signal }),
    policy: new RestartPolicy({ ...RESTART, ...restart }),
    maximumFailures: MAXIMUM_HTTPD_FAILURES,
    onGivenUp,
    log,
  });
}

function createBridgeKeeper(
  settings: SupervisorSettings,
  bridge: BridgeSettings,
  { log, restart, bridgeMainPath, cleanSockets }: KeepersOptions,
): Keeper<BridgeHandle> {
  const mainPath = bridgeMainPath ?? fileURLToPath(import.meta.resolve('@httpd-express/bridge/main'));
  return new Keeper({
    name: 'the bridge',
    start: async (signal) => {
      await cleanSockets();
      const env = await readAppEnvironment(envvarsPath(settings), bridge.env);
      return BridgeHandle.start({ mainPath, settings: { ...bridge, env }, log, signal });
    },
    policy: new RestartPolicy({ ...BRIDGE_RESTART, ...restart }),
    log,
  });
}

function createServiceKeeper(
  settings: SupervisorSettings,
  service: ServiceSettings,
  { log, restart }: KeepersOptions,
): Keeper<ServiceHandle> {
  const ownLog = service.logPath === undefined ? log : new ErrorLog(service.logPath);
  return new Keeper({
    name: `the service ${service.name}`,
    start: async () => {
      const env = await readAppEnvironment(envvarsPath(settings), service.env);
      return ServiceHandle.start({ settings: service, env, log: ownLog });
    },
    policy: new RestartPolicy({ ...RESTART, ...restart }),
    log,
  });
}

function envvarsPath(settings: SupervisorSettings): string {
  return settings.envvarsPath ?? join(settings.serverRoot, 'envvars');
}
