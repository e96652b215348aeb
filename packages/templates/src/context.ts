import path from 'node:path';

import type { HttpdBuild, Mpm } from '@httpd-express/httpd-detect';

import { accessContext, keepsAuthorization } from './access.ts';
import { filesContext } from './files-context.ts';
import { HttpdTooOldError, ModuleMissingError, MpmMissingError, UnusableValueError } from './errors.ts';
import { compressionContext } from './compression.ts';
import { entranceContext } from './entrance.ts';
import type { TemplateInput } from './input.ts';
import { limitsContext } from './limits-context.ts';
import { logsContext, requestIdModule } from './logs-context.ts';
import {
  computeMaxClients,
  computeThreadedMaxClients,
  preforkLimits,
  threadedLimits,
  type MpmCapacity,
  type PreforkLimits,
  type ThreadedLimits,
} from './mpm.ts';
import {
  featuresOf,
  includeModules,
  isOlder,
  minimumVersion,
  requiredModules,
  upgradeVersion,
  optionalModules,
} from './requirements.ts';
import { proxiesContext } from './proxies.ts';
import { acmeContext, clientsContext, listenAddress, tlsContext } from './tls.ts';
import { urlPrefix } from './url-prefix.ts';

/** What the templates lay out: every decision is made here, so that they contain none. */
export type Context = ReturnType<typeof createContext>;

/** mod_proxy keeps a worker's name in 96 bytes. */
const socketPathLimitBytes = 95;

/** Decides what the files say. Throws the package's coded errors for settings or a build that cannot work. */
export function createContext(input: TemplateInput) {
  const mpm = chooseMpm(input);
  return {
    generator: input.generator,
    httpdVersion: input.build.version,
    httpdPath: input.build.realPath,
    libraryPath: input.build.libraryPath ?? null,
    mpm,
    modules: modulesToLoad(input, mpm),
    mpmDirectives: mpmDirectives(mpm, input.capacity),
    isThreaded: mpm !== 'prefork',
    // event gives idle connections back to the listener, so one may stay for ever; elsewhere it holds a worker.
    maxKeepAliveRequests: mpm === 'event' ? 0 : 500,
    serverRoot: input.serverRoot,
    httpdConfPath: path.join(input.serverRoot, 'httpd.conf'),
    envvarsPath: input.control.envvarsPath ?? path.join(input.serverRoot, 'envvars'),
    pidFile: path.join(input.serverRoot, 'run', 'httpd.pid'),
    runtimeDirectory: path.join(input.serverRoot, 'run'),
    serverName: input.serverName,
    listen: listenAddress(input.listen),
    listenPort: input.listen.port,
    serverBacklog: input.capacity.serverBacklog,
    entrance: entranceContext(input),
    // mod_http2 does not serve on prefork, and says so in the error log.
    http2: input.http2 && mpm !== 'prefork',
    compression: input.compressResponses ? compressionContext(input.build) : null,
    tls: input.tls === undefined ? null : tlsContext(input.tls, input.listen.host),
    acme: acmeContext(input),
    clientCertificates: input.tls?.clients === undefined ? null : clientsContext(input.tls.clients),
    access: accessContext(input),
    keepsAuthorization: keepsAuthorization(input),
    runAs: input.runAs ?? null,
    socketTimeoutSeconds: input.socketTimeoutSeconds,
    ...limitsContext(input.limits),
    ...logsContext(input),
    ...filesContext(input),
    urlAliases: urlAliases(input.urlAliases),
    handlers: (input.app?.handlers ?? []).map(handler),
    withCgi: input.withCgi === true,
    serverStatus: input.serverStatus,
    proxies: proxiesContext(input.proxies, input.socketTimeoutSeconds),
    hasUpgrades: input.app !== undefined && !isOlder(input.build.version, upgradeVersion),
    app: input.app === undefined ? null : appContext(input.app, path.join(input.serverRoot, 'run')),
    hasIncludes: input.includeFiles.length > 0,
    includeFiles: input.includeFiles,
    control: input.control,
  };
}

function chooseMpm({ build, mpm: asked }: TemplateInput): Mpm {
  const available = build.staticMpm === undefined ? build.mpms : [build.staticMpm];
  const mpm = asked ?? available[0];
  if (mpm === undefined || !available.includes(mpm)) throw new MpmMissingError(asked, build.path, available);
  return mpm;
}

/** LoadModule of a module that is compiled in is an error, and so is a second MPM. */
function modulesToLoad(input: TemplateInput, mpm: Mpm): { name: string; path: string }[] {
  const { build } = input;
  const features = featuresOf(input);
  const oldest = minimumVersion(features);
  if (isOlder(build.version, oldest)) throw new HttpdTooOldError(build.version, build.path, oldest);

  const mpmModules = build.staticMpm === undefined ? [`mpm_${mpm}`] : [];
  const needed = [...mpmModules, ...requiredModules(features)].filter(
    (name) => !build.staticModules.includes(name),
  );
  const missing = needed.filter((name) => !build.sharedModules.includes(name));
  if (missing.length > 0) throw new ModuleMissingError(missing, build.path);
  const offered = [
    requestIdModule,
    ...optionalModules(features),
    ...(input.includeFiles.length > 0 || input.files.allowOverride.length > 0 ? includeModules : []),
  ];
  const wanted = new Set([...needed, ...offered.filter((name) => build.sharedModules.includes(name))]);
  return [...wanted].map((name) => ({ name: `${name}_module`, path: modulePath(build, name) }));
}

function modulePath({ modulesDirectory, path: buildPath }: HttpdBuild, name: string): string {
  if (modulesDirectory === undefined) throw new ModuleMissingError([name], buildPath);
  return path.join(modulesDirectory, `mod_${name}.so`);
}

function mpmDirectives(mpm: Mpm, capacity: MpmCapacity): { name: string; value: number }[] {
  const limits: PreforkLimits | ThreadedLimits =
    mpm === 'prefork'
      ? preforkLimits(computeMaxClients(capacity), capacity.spare)
      : withRoomForOldGeneration(threadedLimits(computeThreadedMaxClients(capacity), capacity.spare));
  return Object.entries(limits).map(([name, value]) => ({ name, value }));
}

/** Processes of older generations that may linger, whatever the number of new ones. */
const lingeringProcesses = 16;

/**
 * After a graceful restart a process keeps its slot until its last response ends, which for an event stream may be
 * never: without spare slots the new generation could not start.
 */
function withRoomForOldGeneration(limits: ThreadedLimits): ThreadedLimits {
  return { ...limits, ServerLimit: limits.ServerLimit + Math.max(limits.ServerLimit, lingeringProcesses) };
}

/** Longest URL first, because httpd takes the first that matches. */
function urlAliases(aliases: TemplateInput['urlAliases']) {
  return aliases
    .map(({ url, path: target, kind }) => ({
      prefix: urlPrefix(url),
      target,
      isDirectory: kind === 'directory',
    }))
    .sort((a, b) => b.prefix.length - a.prefix.length || (a.prefix < b.prefix ? -1 : 1))
    .map((alias) => ({
      ...alias,
      url: alias.prefix === '' ? '/' : alias.prefix,
      // For the root httpd joins what follows the slash to the directory as it is.
      target: alias.prefix === '' && alias.isDirectory ? path.join(alias.target, '/') : alias.target,
      directory: alias.isDirectory ? alias.target : path.dirname(alias.target),
      fileName: path.basename(alias.target),
    }));
}

function appContext(
  { socketPath, upgradeSocketPath, mountPoint, setenv, passenv }: NonNullable<TemplateInput['app']>,
  runtimeDirectory: string,
) {
  // The part after the bar names the worker; app-routing.conf.hbs sends requests to it by that name.
  return {
    workerUrl: `unix:${toProxySocket(socketPath, runtimeDirectory)}|fcgi://app/`,
    upgradeUrl: `unix:${toProxySocket(upgradeSocketPath, runtimeDirectory)}|http://app-upgrade/`,
    mountPrefix: urlPrefix(mountPoint),
    variables: setenv.map(variable),
    passedVariables: (passenv ?? []).map((name) => variable([name, '']).name),
  };
}

/**
 * From DefaultRuntimeDir, as httpd reads it: what the server root is called must not matter, because mod_proxy takes
 * this for the path of a URL that ends at "|", inside a section that ends at ">".
 */
function toProxySocket(socketPath: string, runtimeDirectory: string): string {
  const socket = path.relative(runtimeDirectory, socketPath);
  if (
    path.isAbsolute(socketPath) &&
    Buffer.byteLength(socketPath) <= socketPathLimitBytes &&
    !/[#?|>]/.test(socket)
  )
    return socket;
  throw new UnusableValueError(
    'the socket between httpd and the app',
    socketPath,
    `an absolute path of at most ${socketPathLimitBytes} bytes, without # ? | and > outside the server root`,
  );
}

/** It is written between the flags of a RewriteRule. */
function handler(extension: string): { extension: string } {
  if (/^\.[a-z0-9][\w-]*$/i.test(extension)) return { extension };
  throw new UnusableValueError(
    'the extension of a handler',
    extension,
    'a dot, then letters, digits, - and _',
  );
}

function variable([name, value]: readonly [string, string]): { name: string; value: string } {
  if (/^[a-z_][a-z0-9_]*$/i.test(name)) return { name, value };
  throw new UnusableValueError(
    'the name of a variable',
    name,
    'letters, digits and underscores, no digit first',
  );
}
