/** Command line → a server root that is written, checked and ready to be run. Starts nothing. */
import { closeSync, fstatSync, openSync } from 'node:fs';

import { type HttpdBuild } from '@httpd-express/httpd-detect';
import {
  type ServerRoot,
  ServerRootLock,
  type SupervisorSettings,
  Undo,
  configTest,
  defaultServerRoot,
  formatSettings,
  planServerRoot,
  listenAddresses,
  openServerRoot,
  prepareServerRoot,
  requireNotRunning,
  requirePortFree,
  waitForPredecessor,
} from '@httpd-express/supervisor';
import { type Feature, type RenderedFile, render, requiredModules } from '@httpd-express/templates';

import { planAccess, usesAccessScripts } from './access-plan.ts';
import { prepareAcmeStore } from './acme-store.ts';
import { type BannerInput, renderBanner } from './banner.ts';
import { chooseAccounts } from './choose-accounts.ts';
import { requireCompanions } from './companions.ts';
import { loadConfig } from './config-file.ts';
import { describeCommand } from './describe-command.ts';
import { findRotatelogs } from './find-rotatelogs.ts';
import { requireDistinctLogs, requireRotatable } from './logs-plan.ts';
import { ensureHttpd } from './ensure-httpd.ts';
import { requireFileOptions } from './files-plan.ts';
import { requireDotenv, requireNamedFiles } from './environment-files.ts';
import { type FoundApp, findApp } from './find-app.ts';
import { type Invocation } from './invocation.ts';
import { requireOrderedLimits } from './limits-plan.ts';
import { chooseLocale } from './locale.ts';
import { findMisspelledVariables } from './misspelled-variables.ts';
import { type ServerSettings, serverOptions } from './options.ts';
import { cliPath } from './program-files.ts';
import { hasTlsTarget, planProxies } from './proxies-plan.ts';
import { requireImports, requireNode } from './require-node.ts';
import { type ProcessPlan, requireSameProcesses } from './refresh-server.ts';
import { renewSelfSigned } from './self-signed.ts';
import { requireServedPaths } from './served-paths.ts';
import { type ServerFacts } from './server-facts.ts';
import { toBannerInput, toSupervisorSettings, toTemplateInput } from './server-plan.ts';
import { planServices } from './services-plan.ts';
import { type ResolvedSettings, resolveSettings } from './settings.ts';
import { httpsPortOf, planTls, selfSignedNames } from './tls-plan.ts';
import { version } from './version.ts';

/** A server root that can be run. */
export interface PreparedServer {
  readonly settings: SupervisorSettings;
  readonly banner: BannerInput;
  /** Whoever starts it has it alone. */
  readonly lock?: ServerRootLock;
}

/** What the caller will do with it: `start` also needs the port, and the server root for itself. */
export type Purpose = 'start' | 'setup';

/**
 * Writes everything or nothing. What is wrong with the command line is found before the machine is looked at, and
 * everything else before anything is written.
 *
 * @throws coded errors of this package, httpd-detect, templates and supervisor
 */
export async function prepareServer(
  resolved: ResolvedSettings<typeof serverOptions>,
  operands: readonly string[],
  purpose: Purpose,
): Promise<PreparedServer> {
  const path = serverRootPath(resolved.settings);
  const undo = new Undo();
  const lock = purpose === 'start' ? new ServerRootLock(path) : undefined;
  undo.add(() => Promise.resolve(lock?.release()));
  try {
    const { accounts, ...facts } = await findFacts(
      resolved,
      operands,
      () => lock && requireStartable(path, resolved.settings, lock),
    );
    const root = await prepareServerRoot({
      path,
      undo,
      ...(lock && { lock }),
      ...(accounts && { identity: { app: accounts.app, httpdGid: accounts.httpd.gid } }),
    });
    if (facts.settings.httpsSelfSigned)
      await root.writeFiles(await renewSelfSigned(root.path, selfSignedNames(facts.settings)));
    if (facts.tls?.acme) await prepareAcmeStore(facts.tls.acme.storeDirectory, accounts?.httpd, undo);
    const server = await writeServer({ ...facts, ...(accounts && { accounts }), root }, root);
    return { ...server, ...(lock && { lock }) };
  } catch (error) {
    await undo.run();
    throw error;
  }
}

/**
 * Writes the files of a server that runs again, from a configuration file that may have changed; whatever of it does not
 * reach what runs is refused, with everything as it was.
 *
 * @throws {RestartNeededError} ERR_CLI_RESTART_NEEDED, and what `prepareServer` throws
 */
export async function refreshServer(
  resolved: ResolvedSettings<typeof serverOptions>,
  operands: readonly string[],
  running: ProcessPlan,
): Promise<void> {
  const facts = await findFacts(resolved, operands, () => undefined);
  const planned = planServerRoot(serverRootPath(resolved.settings));
  requireSameProcesses(resolved.configPath ?? 'what the options say', running, {
    settings: toSupervisorSettings({ ...facts, root: planned }, running.settings.banner),
    written: resolved.written,
  });
  const root = await openServerRoot(running.settings.serverRoot);
  await writeServer({ ...facts, root }, root);
}

/**
 * The files that would be used: httpd.conf, apachectl and what these need. Writes nothing, and does not look whether the
 * port is free.
 *
 * @throws coded errors of this package, httpd-detect and templates
 */
export async function previewFiles(
  resolved: ResolvedSettings<typeof serverOptions>,
  operands: readonly string[],
): Promise<RenderedFile[]> {
  const settings = { ...resolved.settings, installHttpd: false };
  const facts = await findFacts({ ...resolved, settings }, operands, () => undefined);
  const root = planServerRoot(serverRootPath(resolved.settings));
  return render(toTemplateInput({ ...facts, root }));
}

/** Everything but the server root; `check` goes on at the same time. */
async function findFacts(
  resolved: ResolvedSettings<typeof serverOptions>,
  operands: readonly string[],
  check: () => Promise<void> | undefined,
): Promise<Omit<ServerFacts, 'root'>> {
  const { settings } = resolved;
  requireCompanions(resolved);
  requireDistinctLogs(resolved, serverRootPath(settings));
  const found = findApp(resolved, operands);
  requireOrderedLimits(settings);
  const urlAliases = requireServedPaths(resolved);
  requireFileOptions(resolved, { ...found, urlAliases });
  requireNamedFiles(resolved);
  const imports = requireImports(resolved);
  const tlsPlan = planTls(resolved, serverRootPath(settings));
  const proxies = planProxies(resolved, process.env);
  const { workingDirectory, notices, ...identities } = chooseAccounts(settings, found, {
    euid: currentUid(),
    cwd: process.cwd(),
  });
  requireDotenv(resolved, workingDirectory);
  for (const { name, meant } of findMisspelledVariables(process.env, serverOptions))
    process.stderr.write(`express: warning: ${name} is not an option: did you mean ${meant}?\n`);
  for (const notice of notices)
    process.stderr.write(`express: ${identities.app.uid === 0 ? 'warning' : 'note'}: ${notice}\n`);
  for (const warning of tlsPlan?.warnings ?? []) process.stderr.write(`express: warning: ${warning}\n`);
  const accounts = currentUid() === 0 ? identities : undefined;
  const access = planAccess(resolved, { found, urlAliases, accounts });
  const services = planServices(resolved, accounts);
  // Which httpd, which port and which Node are questions to different parts of the machine.
  const [build] = await Promise.all([
    findBuild(settings, found),
    check(),
    found.app && requireNode(settings, accounts?.app),
  ]);
  const rotatelogsPath = settings.rotatelogsExecutable ?? findRotatelogs(build);
  requireRotatable(resolved, { serverRoot: serverRootPath(settings), rotatelogsPath });
  if (settings.http2 && (settings.serverMpm ?? build.staticMpm ?? build.mpms[0]) === 'prefork')
    process.stderr.write('express: warning: --http2: httpd speaks HTTP/1.1 alone on the prefork MPM\n');
  return {
    settings,
    found,
    urlAliases,
    ...(tlsPlan && { tls: tlsPlan.tls }),
    ...(access && { access }),
    ...(proxies && { proxies }),
    workingDirectory,
    imports: imports.map(({ specifier }) => specifier),
    ...(accounts && { accounts }),
    build,
    locale: settings.locale ?? chooseLocale(process.env),
    env: process.env,
    isOpenable,
    services,
    ...(rotatelogsPath !== undefined && { rotatelogsPath }),
    generator: { name: 'httpd-express', version, command: describeCommand(resolved, operands) },
    program: { nodePath: process.execPath, cliPath },
  };
}

/** The settings of `start-server` and `setup-server`. @throws what `loadConfig` and `resolveSettings` throw */
export async function resolveServerSettings({
  values,
}: Pick<Invocation, 'values'>): Promise<ResolvedSettings<typeof serverOptions>> {
  const { env } = process;
  const file = await loadConfig(serverOptions, { values, env, cwd: process.cwd() });
  return resolveSettings(serverOptions, { values, env, file });
}

async function writeServer(facts: ServerFacts, root: ServerRoot): Promise<PreparedServer> {
  const banner = toBannerInput(facts);
  const settings = toSupervisorSettings(facts, renderBanner(banner));
  const { realPath, libraryPath } = facts.build;
  await root.writeFiles([...render(toTemplateInput(facts)), formatSettings(settings)], (stagedPath) =>
    configTest({
      serverRoot: root.path,
      httpdPath: realPath,
      configPath: stagedPath('httpd.conf'),
      ...(libraryPath !== undefined && { libraryPath }),
    }),
  );
  return { settings, banner };
}

function findBuild(settings: ServerSettings, found: FoundApp): Promise<HttpdBuild> {
  const { httpdExecutable, modulesDirectory, installHttpd } = settings;
  const features = wantedFeatures(settings, found);
  return ensureHttpd({
    env: process.env,
    httpdExecutable,
    modulesDirectory,
    requiredModules: requiredModules(features),
    installHttpd,
  });
}

/** What the httpd that is chosen must be able to do: known before there is one, and so before there is a configuration. */
function wantedFeatures(settings: ServerSettings, { app }: FoundApp): Feature[] {
  const wanted: Readonly<Record<Feature, boolean>> = {
    base: true,
    accessLog: settings.accessLog,
    urlAliases: settings.urlAlias.length > 0,
    directoryIndex: settings.directoryIndex !== undefined || settings.spa,
    directoryListing: settings.directoryListing,
    fileHeaders: settings.spa || settings.precompressed,
    cgi: settings.withCgi,
    serverStatus: settings.serverStatus,
    app: app !== undefined,
    errorOverride: settings.errorOverride && app !== undefined,
    http2: settings.http2,
    compression: settings.compressResponses,
    tls: httpsPortOf(settings) !== undefined,
    proxies: settings.proxyMountPoint.length + settings.proxyVirtualHost.length > 0,
    tlsProxies: hasTlsTarget(settings),
    authUserFile: settings.authUserFile !== undefined,
    accessScripts: usesAccessScripts(settings),
    hstsPolicy: settings.hstsPolicy !== undefined,
    acme: settings.acme.length > 0,
  };
  return (Object.keys(wanted) as Feature[]).filter((feature) => wanted[feature]);
}

/** A server that runs already says so, rather than its port. */
async function requireStartable(
  serverRoot: string,
  settings: ServerSettings,
  lock: ServerRootLock,
): Promise<void> {
  const { host, port } = settings;
  const httpsPort = httpsPortOf(settings);
  await requireNotRunning(serverRoot);
  await lock.take();
  const listen = { ...(host !== undefined && { host }), port };
  for (const address of listenAddresses({ listen, ...(httpsPort !== undefined && { httpsPort }) })) {
    await waitForPredecessor(serverRoot, address);
    await requirePortFree(address);
  }
}

function serverRootPath({ serverRoot, host, port }: ServerSettings): string {
  return serverRoot ?? defaultServerRoot({ ...(host !== undefined && { host }), port, uid: currentUid() });
}

function currentUid(): number {
  return process.geteuid?.() ?? 0;
}

/** Whether httpd can write to it by its name. */
function isOpenable(stream: 'stdout' | 'stderr'): boolean {
  try {
    const fd = openSync(`/dev/${stream}`, 'a');
    // In a file that was not opened for appending, we and httpd would overwrite each other's lines.
    const isFile = fstatSync(fd).isFile();
    closeSync(fd);
    return !isFile;
  } catch {
    return false; // a socket, a closed descriptor, or no /dev at all: httpd would fail the same way
  }
}
