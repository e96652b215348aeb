/** Facts and settings → what the templates, the supervisor and the banner are told. Pure: every decision is here, every effect is in prepare-server.ts. */
import { isIP } from 'node:net';
import path from 'node:path';

import { type HttpdBuild } from '@httpd-express/httpd-detect';
import {
  type Identities,
  type ServerRoot,
  type ServiceSettings,
  type SupervisorSettings,
} from '@httpd-express/supervisor';
import {
  type TemplateInput,
  computeMaxClients,
  computeThreadedMaxClients,
  threadedLimits,
} from '@httpd-express/templates';

import { type AccessPlan } from './access-plan.ts';
import { type BannerInput } from './banner.ts';
import { toFiles } from './files-plan.ts';
import { type FoundApp } from './find-app.ts';
import { toLimits, toSpareWorkers } from './limits-plan.ts';
import { describeLog, toLogRotation, toLogs } from './logs-plan.ts';
import { type ServerSettings } from './options.ts';
import { type UrlAlias } from './served-paths.ts';
import { type PlannedService } from './services-plan.ts';
import { environmentDefaults, workerDefaults, workerEnvironment } from './worker-environment.ts';

/** Everything that was found out before anything is written. */
export interface ServerFacts {
  readonly settings: ServerSettings;
  readonly found: FoundApp;
  readonly urlAliases: readonly UrlAlias[];
  readonly proxies?: TemplateInput['proxies'];
  /** Absent: everybody is let in. */
  readonly access?: AccessPlan;
  /** Set with `--https-port`. */
  readonly tls?: NonNullable<TemplateInput['tls']>;
  readonly workingDirectory: string;
  /** URLs and package names of `--import`. */
  readonly imports: readonly string[];
  /** Set when started as root. */
  readonly accounts?: Pick<Identities, 'app' | 'httpd'>;
  readonly build: HttpdBuild;
  readonly root: Pick<
    ServerRoot,
    | 'path'
    | 'socketPath'
    | 'upgradeSocketPath'
    | 'accessSocketPath'
    | 'workerSocketDirectory'
    | 'documentRoot'
  >;
  readonly locale: string;
  readonly env: NodeJS.ProcessEnv;
  /** Whether httpd can open the terminal's device itself: not where it is a socket, as under systemd. */
  readonly isOpenable: (stream: 'stdout' | 'stderr') => boolean;
  readonly services: readonly PlannedService[];
  /** The rotatelogs to use; absent where there is none. */
  readonly rotatelogsPath?: string;
  readonly generator: TemplateInput['generator'];
  readonly program: { readonly nodePath: string; readonly cliPath: string };
}

type Names = Pick<ServerSettings, 'host' | 'serverName'>;

/** Name of the server in URLs: an address that means all of them is no name. */
function publicHost({ host, serverName: name }: Names): string {
  if (name !== undefined) return name;
  if (host === undefined || host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

/** ServerName takes no IPv6 address in any form; clients that send Host never see it. */
function serverName(names: Names): string {
  const host = publicHost(names);
  return host.includes(':') ? 'localhost' : host;
}

export function publicUrl(settings: Names & Pick<ServerSettings, 'port'>): string {
  return `http://${publicHost(settings)}${settings.port === 80 ? '' : `:${settings.port}`}/`;
}

/** Undefined without HTTPS. */
function publicHttpsUrl({ settings, tls }: Pick<ServerFacts, 'settings' | 'tls'>): string | undefined {
  const port = tls?.port;
  return port === undefined ? undefined : `https://${publicHost(settings)}${port === 443 ? '' : `:${port}`}/`;
}

export function toTemplateInput(facts: ServerFacts): TemplateInput {
  const { settings, found, accounts, root, program } = facts;
  const { host, port, serverMpm, directoryIndex, processes, concurrency, maxClients, serverBacklog } =
    settings;
  return {
    generator: facts.generator,
    build: facts.build,
    ...(serverMpm !== undefined && { mpm: serverMpm }),
    serverRoot: root.path,
    listen: { ...(host !== undefined && { host }), port },
    serverName: serverName(settings),
    ...toHosts(settings),
    ...(facts.tls && { tls: facts.tls }),
    ...(facts.access && { access: toAccess(facts.access, root) }),
    http2: settings.http2,
    compressResponses: settings.compressResponses,
    ...(accounts && { runAs: { user: accounts.httpd.user, group: accounts.httpd.group } }),
    ...(found.app && {
      app: {
        socketPath: root.socketPath,
        upgradeSocketPath: root.upgradeSocketPath,
        mountPoint: found.app.mountPoint,
        ...(found.app.handlers && { handlers: found.app.handlers.map(([extension]) => extension) }),
        setenv: settings.setenv,
        ...(settings.passenv.length > 0 && { passenv: settings.passenv }),
      },
    }),
    documentRoot: found.documentRoot ?? settings.documentRoot ?? root.documentRoot,
    ...(directoryIndex !== undefined && { directoryIndex }),
    urlAliases: facts.urlAliases,
    capacity: {
      processes,
      concurrency,
      ...(maxClients !== undefined && { maxClients }),
      serverBacklog,
      spare: toSpareWorkers(settings),
    },
    files: toFiles(settings),
    limits: toLimits(settings),
    socketTimeoutSeconds: Math.ceil(settings.socketTimeoutMs / 1000),
    logs: toLogs(facts),
    ...(settings.withCgi && { withCgi: true }),
    ...(facts.proxies && { proxies: facts.proxies }),
    serverStatus: settings.serverStatus,
    includeFiles: settings.includeFile,
    control: {
      nodePath: program.nodePath,
      cliPath: program.cliPath,
      ...(settings.envvarsScript !== undefined && { envvarsPath: settings.envvarsScript }),
      workingDirectory: facts.workingDirectory,
      locale: facts.locale,
    },
  };
}

function toAccess(access: AccessPlan, root: ServerFacts['root']): NonNullable<TemplateInput['access']> {
  if (access.kind === 'file') return access;
  const asksForPasswords = access.scripts.userScript !== undefined;
  return { kind: 'scripts', socketPath: root.accessSocketPath, asksForPasswords };
}

function toHosts({
  serverName: name,
  serverAlias,
  allowLocalhost,
}: ServerSettings): Pick<TemplateInput, 'hosts'> {
  return name === undefined ? {} : { hosts: { name, aliases: serverAlias, allowLocalhost } };
}

export function toSupervisorSettings(facts: ServerFacts, banner: string): SupervisorSettings {
  const { settings, build, root } = facts;
  const { error, startupPath } = toLogs(facts);
  const logRotation = toLogRotation(facts);
  const { host, port, gracefulTimeoutMs, shutdownTimeoutMs } = settings;
  const httpsPort = facts.tls?.port;
  return {
    serverRoot: root.path,
    apachectlPath: `${root.path}/apachectl`,
    httpdPath: build.path,
    httpdVersion: build.version,
    listen: { ...(host !== undefined && { host }), port },
    ...(httpsPort !== undefined && { httpsPort }),
    ...(facts.tls && { certificates: toCertificateFiles(facts.tls) }),
    url: publicUrl(settings),
    ...(error.kind === 'file' && { errorLogPath: error.path }),
    ...(startupPath !== undefined && { startupLogPath: startupPath }),
    ...(logRotation && { logRotation }),
    ...toBridge(facts),
    ...(settings.envvarsScript !== undefined && { envvarsPath: settings.envvarsScript }),
    ...(facts.services.length > 0 && {
      services: facts.services.map((service) => toService(facts, service)),
    }),
    gracefulTimeoutMs,
    shutdownTimeoutMs,
    banner,
  };
}

function toCertificateFiles({
  pair,
  acme,
  chainFile,
  clients,
}: NonNullable<ServerFacts['tls']>): NonNullable<SupervisorSettings['certificates']> {
  const others = [chainFile, clients?.caFile].filter((file) => file !== undefined);
  return {
    ...(pair && { pair }),
    others,
    ...(acme && { acmeJobFile: path.join(acme.storeDirectory, 'staging', acme.domains[0], 'job.json') }),
  };
}

function toService(facts: ServerFacts, service: PlannedService): ServiceSettings {
  const { settings, locale, env, workingDirectory } = facts;
  const { identity } = service;
  return {
    ...service,
    workingDirectory,
    env: {
      ...environmentDefaults,
      ...workerEnvironment({
        env,
        port: settings.port,
        locale,
        setenv: settings.setenv,
        variables: settings.env,
        ...(identity && { account: identity }),
      }),
    },
  };
}

type BridgeSettings = NonNullable<SupervisorSettings['bridge']>;

/** Of the app, with scripts for access beside it; of these alone where only files are served. */
function toBridge(facts: ServerFacts): Pick<SupervisorSettings, 'bridge'> {
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

export function toBannerInput(facts: ServerFacts): BannerInput {
  const { settings, found, accounts, root } = facts;
  const { error, access, startupPath } = toLogs(facts);
  const { maxClients, ...capacity } = settings;
  const clients = { ...capacity, ...(maxClients !== undefined && { maxClients }) };
  const httpsUrl = publicHttpsUrl(facts);
  return {
    url: publicUrl(settings),
    ...(httpsUrl !== undefined && { httpsUrl }),
    serverStatus: settings.serverStatus,
    serverRoot: root.path,
    errorLog: describeLog(error),
    logLevel: settings.logLevel,
    ...(access && { accessLog: describeLog(access) }),
    ...(startupPath !== undefined && { startupLog: startupPath }),
    ...(found.app && { app: settings }),
    capacity: {
      threaded: threadedLimits(computeThreadedMaxClients(clients)).MaxRequestWorkers,
      prefork: computeMaxClients(clients),
    },
    serverBacklog: settings.serverBacklog,
    locale: facts.locale,
    ...(accounts && {
      accounts: { ...(found.app && { app: accounts.app.user }), httpd: accounts.httpd.user },
    }),
  };
}
