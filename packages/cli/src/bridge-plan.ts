/** Facts and settings → what the bridge is told. Pure. */
import { isIP } from 'node:net';
import path from 'node:path';

import { type SupervisorSettings } from '@httpd-express/supervisor';

import { type ServerSettings } from './options.ts';
import { type ServerFacts } from './server-facts.ts';
import { workerDefaults, workerEnvironment } from './worker-environment.ts';

type BridgeSettings = NonNullable<SupervisorSettings['bridge']>;

/** Of the app, with scripts for access beside it; of these alone where only files are served. */
export function toBridge(facts: ServerFacts): Pick<SupervisorSettings, 'bridge'> {
  const { found, access } = facts;
  const scripts = access?.kind === 'scripts' ? toAccessBridge(facts, access.scripts) : undefined;
  if (found.app === undefined) return scripts === undefined ? {} : { bridge: scripts };
  const { upgradeSocketPath } = facts.root;
  return {
    bridge: { ...toBridgeSettings(facts, found.app), upgradeSocketPath, ...(scripts && { access: scripts }) },
  };
}

/** One process that is asked about every request: limits that are meant for the app do not end it. */
function toAccessBridge(
  facts: ServerFacts,
  access: NonNullable<BridgeSettings['app']['access']>,
): BridgeSettings {
  const [entry = ''] = [access.hostScript, access.userScript].filter((file) => file !== undefined);
  const { loader } = facts.settings;
  const app = { kind: 'access', entry, mountPoint: '/', access, loader } as const;
  const settings = toBridgeSettings(facts, app);
  return {
    ...settings,
    socketPath: facts.root.accessSocketPath,
    processGroup: `${settings.processGroup} access`,
    processes: 1,
    concurrency: 1000,
    maxQueueLength: 1000,
    maxBodyBytes: 0,
    sendfileRoots: [],
    // Where only files are served, nobody has looked whether the current directory can be entered.
    ...(facts.found.app === undefined && { workingDirectory: path.dirname(entry) }),
    // mod_authnz_fcgi gives up after 30 s without a word.
    keepAliveIntervalMs: Math.min(settings.keepAliveIntervalMs, 10_000),
    recycling: {
      interruptTimeoutMs: 0,
      maximumRequests: 0,
      restartIntervalMs: 0,
      inactivityTimeoutMs: 0,
      cpuTimeLimitMs: 0,
      memoryLimitBytes: 0,
    },
    ignoreActivity: [],
  };
}

function toBridgeSettings(facts: ServerFacts, app: BridgeSettings['app']): BridgeSettings {
  const { settings, accounts, root, locale, env } = facts;
  const { host, port, setenv } = settings;
  const sharesAccount = accounts === undefined || accounts.app.uid === accounts.httpd.uid;
  return {
    socketPath: root.socketPath,
    socketMode: sharesAccount ? 0o600 : 0o660,
    workerSocketDirectory: root.workerSocketDirectory,
    ...(accounts && { identity: accounts.app }),
    app,
    workingDirectory: facts.workingDirectory,
    env: workerEnvironment({
      env,
      port,
      locale,
      setenv,
      variables: settings.env,
      ...(accounts && { account: accounts.app }),
    }),
    launch: toLaunch(facts),
    processGroup: settings.processGroup ?? `${host ?? 'localhost'}:${port}`,
    // What plain Node answers for a listen() without a host.
    publicAddress: { address: host !== undefined && isIP(host) > 0 ? host : '::', port },
    ...toTrust(settings),
    processes: settings.processes,
    concurrency: settings.concurrency,
    maxQueueLength: settings.daemonBacklog,
    queueTimeoutMs: settings.queueTimeoutMs,
    requestTimeoutMs: settings.requestTimeoutMs,
    startupTimeoutMs: settings.startupTimeoutMs,
    gracefulTimeoutMs: settings.gracefulTimeoutMs,
    shutdownTimeoutMs: settings.shutdownTimeoutMs,
    deadlockTimeoutMs: settings.deadlockTimeoutMs,
    maxBodyBytes: settings.limitRequestBodyBytes,
    sendfileRoots: settings.sendfileRoot,
    // Two may be lost or late before httpd gives up on a silent app.
    keepAliveIntervalMs: Math.floor(settings.socketTimeoutMs / 3),
    evictionTimeoutMs: settings.evictionTimeoutMs,
    recycling: {
      interruptTimeoutMs: settings.interruptTimeoutMs,
      maximumRequests: settings.maximumRequests,
      restartIntervalMs: settings.restartIntervalMs,
      inactivityTimeoutMs: settings.inactivityTimeoutMs,
      cpuTimeLimitMs: settings.cpuTimeLimitMs,
      memoryLimitBytes: settings.memoryLimitBytes,
    },
    ignoreActivity: settings.ignoreActivity,
    memoryHardLimitBytes: settings.memoryHardLimitBytes,
    reloadOn: reloadOn(settings),
    reloadSurge: settings.reloadSurge,
    debugErrors: settings.debugErrors,
  };
}

/** A proxy appends to or overwrites these two, whichever it is. */
const commonlyForwarded = ['X-Forwarded-For', 'X-Forwarded-Proto'];

function toTrust({ trustProxy, trustProxyHeader }: ServerSettings): Pick<BridgeSettings, 'trust'> {
  if (trustProxy.length === 0) return {};
  const headers = trustProxyHeader.length === 0 ? commonlyForwarded : trustProxyHeader;
  return { trust: { proxies: trustProxy, headers } };
}

function toLaunch({ settings, workingDirectory, imports }: ServerFacts): BridgeSettings['launch'] {
  const { envFile, dotenv, nodeExecutable, nodeOption } = settings;
  const usesDotenv = dotenv && envFile.length === 0;
  return {
    ...(nodeExecutable !== undefined && { nodePath: nodeExecutable }),
    nodeOptions: nodeOption,
    imports,
    envDefaults: workerDefaults,
    envFiles: envFile,
    ...(usesDotenv && { optionalEnvFile: path.join(workingDirectory, '.env') }),
  };
}

function reloadOn({ reloadOnChanges, disableReloading }: ServerSettings): BridgeSettings['reloadOn'] {
  if (reloadOnChanges) return 'modules';
  return disableReloading ? 'nothing' : 'entry';
}
