/** Facts and settings → what the templates, the supervisor and the banner are told. Pure: every decision is here, every effect is in prepare-server.ts. */
import path from 'node:path';

import { type ServiceSettings, type SupervisorSettings } from '@httpd-express/supervisor';
import {
  type TemplateInput,
  computeMaxClients,
  computeThreadedMaxClients,
  threadedLimits,
} from '@httpd-express/templates';

import { type AccessPlan } from './access-plan.ts';
import { type BannerInput } from './banner.ts';
import { toBridge } from './bridge-plan.ts';
import { toFiles } from './files-plan.ts';
import { toLimits, toSpareWorkers } from './limits-plan.ts';
import { describeLog, toLogRotation, toLogs } from './logs-plan.ts';
import { type ServerSettings } from './options.ts';
import { type ServerFacts } from './server-facts.ts';
import { type PlannedService } from './services-plan.ts';
import { environmentDefaults, workerEnvironment } from './worker-environment.ts';

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
      // A directory that anybody may have made before us: workers look whose it is, see worker/src/typescript-cache.ts.
      ...(service.loaderUrl !== undefined && { TSX_DISABLE_CACHE: '1' }),
    },
  };
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
