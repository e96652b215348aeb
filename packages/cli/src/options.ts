/** THE table: parser, `--help`, environment names, validation and docs/options.md derive from it. Exempt from the size limit. */
import { type OptionTable, type SettingsOf } from './option-spec.ts';
import { acmeOptions } from './options/acme.ts';
import { accessOptions } from './options/access.ts';
import { besideOptions } from './options/beside.ts';
import { configurationOptions } from './options/configuration.ts';
import { hostOptions } from './options/hosts.ts';
import { httpsOptions } from './options/https.ts';
import { loggingOptions } from './options/logging.ts';
import { environmentOptions } from './options/environment.ts';
import { nodeOptions } from './options/node.ts';
import { proxyOptions } from './options/proxies.ts';
import { responseOptions } from './options/responses.ts';
import {
  account,
  byteCount,
  duration,
  filePath,
  host,
  indexName,
  oneOf,
  onOff,
  pair,
  processCount,
  text,
  urlPath,
  wholeNumber,
} from './option-values.ts';
import { localeName } from './locale.ts';
import { fileOptions } from './options/files.ts';
import { limitOptions } from './options/limits.ts';

/** Options of `start-server` and `setup-server`. Names end in their unit where they have one. */
export const serverOptions = {
  applicationType: {
    flags: '--application-type <type>',
    default: 'script',
    parse: oneOf('script', 'module', 'config', 'static'),
    section: 'Application',
    help: `What the app is: script (a file), module (a package), config (several apps) or static (no app).
A script is a path, relative to the current directory. A module is a package specifier, resolved from --working-directory. A config is a composition file that mounts several apps under URL prefixes, see docs/composition.md. static serves files only: no bridge and no worker is started, and an app path, if given, is the document root.`,
  },
  entryPoint: {
    flags: '--entry-point <app>',
    defaultNote: 'a splash page',
    parse: text,
    section: 'Application',
    help: `The app; the same as naming it without an option.
On the command line it wins over the app named without an option; from the environment it does not.`,
  },
  callableObject: {
    flags: '--callable-object <name>',
    defaultNote: 'default, app, application, handler, server, in that order',
    parse: text,
    section: 'Application',
    help: 'Name of the export that is the app.',
  },
  mountPoint: {
    flags: '--mount-point <url-path>',
    default: '/',
    parse: urlPath,
    section: 'Application',
    help: `URL path the app is reached under.
The prefix is taken off \`req.url\`; everything outside it is files only.`,
  },
  workingDirectory: {
    flags: '--working-directory <dir>',
    defaultNote: 'the current directory',
    parse: filePath,
    section: 'Application',
    help: `Current directory of the app.
Modules are resolved from it. It does not change what relative paths on the command line are relative to.`,
  },
  ...environmentOptions,
  locale: {
    flags: '--locale <name>',
    defaultNote: 'the current one, or a UTF-8 one when that is C or POSIX',
    parse: localeName,
    section: 'Application',
    help: 'LANG and LC_ALL of httpd and the app.',
  },
  processGroup: {
    flags: '--process-group <name>',
    defaultNote: 'host:port',
    parse: text,
    section: 'Application',
    help: 'Name shown by ps for the processes of this app, as (express:NAME).',
  },
  ...configurationOptions,
  ...besideOptions,

  ...nodeOptions,

  host: {
    flags: '--host <address>',
    defaultNote: 'every address',
    parse: host,
    section: 'Network',
    help: `Address to listen on.
IPv6 with or without brackets. Also the host name in URLs and redirects, which is localhost otherwise.`,
  },
  port: {
    flags: '--port <number>',
    default: '8000',
    parse: wholeNumber(1, 65535),
    alsoEnv: 'PORT',
    section: 'Network',
    help: `Port to listen on.
The variable PORT is respected when neither this option nor EXPRESS_PORT is given.`,
  },
  ...hostOptions,
  ...responseOptions,
  ...proxyOptions,

  ...httpsOptions,
  ...acmeOptions,

  ...accessOptions,

  processes: {
    flags: '--processes <n>',
    default: '1',
    parse: processCount,
    section: 'Capacity',
    help: 'Number of worker processes; auto is one per core.',
  },
  concurrency: {
    flags: '--threads, --concurrency <n>',
    default: '100',
    parse: wholeNumber(1, 10_000),
    section: 'Capacity',
    help: `Requests in flight per worker process; more wait in the queue.
One that waits for its slow client, or is an event stream with nothing to tell, leaves its place to others.
--threads is the name of the same thing in mod_wsgi-express.`,
  },
  maxClients: {
    flags: '--max-clients <n>',
    defaultNote: 'computed from processes and concurrency',
    parse: wholeNumber(1, 100_000),
    section: 'Capacity',
    help: `Connections httpd serves at the same time.
Never fewer than processes × concurrency. MaxRequestWorkers, rounded up to whole httpd processes.`,
  },
  daemonBacklog: {
    flags: '--daemon-backlog <n>',
    default: '100',
    parse: wholeNumber(0, 100_000),
    section: 'Capacity',
    help: `Requests that wait when every worker is full.
One more is answered 503 at once.`,
  },
  serverBacklog: {
    flags: '--server-backlog <n>',
    default: '500',
    parse: wholeNumber(1, 65_535),
    section: 'Capacity',
    help: `Connections the system holds before httpd accepts them.
ListenBacklog; the kernel may cap it (net.core.somaxconn on Linux).`,
  },
  limitRequestBodyBytes: {
    flags: '--limit-request-body <bytes>',
    default: '10MB',
    parse: byteCount,
    section: 'Capacity',
    help: `Largest request body; a larger one is answered 413. 0 is no limit.
Units are powers of 1024: 512KB, 10MB, 1.5GB.`,
  },

  ...limitOptions,

  startupTimeoutMs: {
    flags: '--startup-timeout <time>',
    default: '15',
    parse: duration(),
    section: 'Worker life and time limits',
    help: `Time for a worker to load the app and become ready.
A worker that is not ready by then is killed. 0 is no limit.`,
  },
  shutdownTimeoutMs: {
    flags: '--shutdown-timeout <time>',
    default: '5',
    parse: duration(),
    section: 'Worker life and time limits',
    help: 'Time for a worker to exit once it was told to; then it is killed.',
  },
  gracefulTimeoutMs: {
    flags: '--graceful-timeout <time>',
    default: '15',
    parse: duration(),
    section: 'Worker life and time limits',
    help: 'Time for requests in flight to finish before a worker is stopped or replaced.',
  },
  deadlockTimeoutMs: {
    flags: '--deadlock-timeout <time>',
    default: '60',
    parse: duration(),
    section: 'Worker life and time limits',
    help: `Time the event loop of a worker may be blocked.
A worker that has not reported for this long is killed and replaced. 0 is no limit.`,
  },
  requestTimeoutMs: {
    flags: '--request-timeout <time>',
    default: '60',
    parse: duration(),
    section: 'Worker life and time limits',
    help: `Time for the app to answer a request; then the client gets 504.
Only that request ends; the worker and its other requests continue. 0 is no limit.`,
  },
  interruptTimeoutMs: {
    flags: '--interrupt-timeout <time>',
    default: '0',
    parse: duration(),
    section: 'Worker life and time limits',
    help: `Time the app has to end a request that got 504, after its \`close\` event; then its worker is replaced. 0 is never.
A handler that goes on for nobody usually means a lost callback, and what it holds is lost with it.`,
  },
  queueTimeoutMs: {
    flags: '--queue-timeout <time>',
    default: '45',
    parse: duration(),
    section: 'Worker life and time limits',
    help: 'Time a request may wait for a worker; then it is answered 504. 0 is no limit.',
  },
  socketTimeoutMs: {
    flags: '--socket-timeout <time>',
    default: '60',
    parse: duration(1000),
    section: 'Worker life and time limits',
    help: `Time httpd waits for a client to send or take the next bytes.
Timeout and ProxyTimeout, in whole seconds, rounded up. The app may be silent for longer: the bridge keeps the connection to httpd alive.`,
  },
  maximumRequests: {
    flags: '--maximum-requests <n>',
    default: '0',
    parse: wholeNumber(0, 1_000_000_000),
    section: 'Worker life and time limits',
    help: `Requests after which a worker is replaced. 0 is never.
The new worker is ready before the old one stops.`,
  },
  memoryLimitBytes: {
    flags: '--memory-limit <bytes>',
    default: '0',
    parse: byteCount,
    section: 'Worker life and time limits',
    help: `Resident memory after which a worker is replaced. 0 is never.
Units are powers of 1024: 512MB, 1.5GB. The new worker is ready before the old one stops.`,
  },

  memoryHardLimitBytes: {
    flags: '--memory-hard-limit <bytes>',
    default: '0',
    parse: byteCount,
    section: 'Worker life and time limits',
    help: `Resident memory at which a worker is killed. 0 is never.
Its requests in flight get 502. Meant as a net below --memory-limit.`,
  },
  restartIntervalMs: {
    flags: '--restart-interval <time>',
    default: '0',
    parse: duration(),
    section: 'Worker life and time limits',
    help: `Time after which a worker is replaced. 0 is never.
Workers started together are replaced one after the other, the first of them early.`,
  },
  inactivityTimeoutMs: {
    flags: '--inactivity-timeout <time>',
    default: '0',
    parse: duration(),
    section: 'Worker life and time limits',
    help: `Time without a request after which a worker is replaced. 0 is never.
It counts from the worker's first request, so that an idle worker is replaced once.`,
  },
  ignoreActivity: {
    flags: '--ignore-activity <url-path>',
    parse: urlPath,
    repeatable: true,
    section: 'Worker life and time limits',
    help: 'Requests under this URL path do not count as activity for --inactivity-timeout.',
  },
  cpuTimeLimitMs: {
    flags: '--cpu-time-limit <time>',
    default: '0',
    parse: duration(),
    section: 'Worker life and time limits',
    help: 'CPU time, user and system, after which a worker is replaced. 0 is never.',
  },
  evictionTimeoutMs: {
    flags: '--eviction-timeout <time>',
    default: '0',
    parse: duration(),
    section: 'Worker life and time limits',
    help: 'As --graceful-timeout, when the replacement was asked for with SIGUSR1. 0 is the same as that.',
  },
  reloadOnChanges: {
    flags: '--reload-on-changes',
    default: 'off',
    parse: onOff,
    section: 'Reloading',
    help: `Replace the workers when any file the app has loaded changes.
Files below node_modules are not looked at. For development.`,
  },
  disableReloading: {
    flags: '--disable-reloading',
    default: 'off',
    parse: onOff,
    section: 'Reloading',
    help: `Do not replace the workers when the app's entry file changes.
Touching that file is otherwise the simplest way to deploy: the new code is loaded beside the old, which stays if it fails.`,
  },
  reloadSurge: {
    flags: '--reload-surge <n>',
    default: '1',
    parse: wholeNumber(1, 512),
    section: 'Reloading',
    help: 'New workers that start at the same time in a reload.',
  },
  debugErrors: {
    flags: '--debug-errors',
    default: 'off',
    parse: onOff,
    section: 'Reloading',
    help: `Say in the answer why the app cannot be reached, with its stack.
For development: it shows source code to every client.`,
  },

  documentRoot: {
    flags: '--document-root <dir>',
    defaultNote: 'an empty directory in the server root',
    parse: filePath,
    section: 'Static files',
    help: `Directory of files that win over the app.
A file that exists is served by httpd; everything else reaches the app.`,
  },
  urlAlias: {
    flags: '--url-alias <url-path> <path>',
    parse: pair(urlPath, filePath),
    repeatable: true,
    section: 'Static files',
    help: `Serve a directory or a single file under a URL path.
The longest URL path that matches wins.`,
  },
  directoryIndex: {
    flags: '--directory-index <file>',
    defaultNote: 'none: directories reach the app',
    parse: indexName,
    section: 'Static files',
    help: 'File served for a directory, such as index.html.',
  },
  ...fileOptions,

  ...loggingOptions,

  user: {
    flags: '--user <name>',
    defaultNote: 'the owner of the app, or an unprivileged account',
    parse: account,
    section: 'Accounts and files',
    help: `Account of the app, when started as root.
The owner of the entry file, or, where that is root, an unprivileged account that can read it. root only by name, with a warning.`,
  },
  group: {
    flags: '--group <name>',
    defaultNote: "the user's own",
    parse: account,
    section: 'Accounts and files',
    help: 'Group of the app, when started as root.',
  },
  httpdUser: {
    flags: '--httpd-user <name>',
    defaultNote: "the distribution's Apache account, or nobody",
    parse: account,
    section: 'Accounts and files',
    help: "Account of httpd's children, when started as root.",
  },
  httpdGroup: {
    flags: '--httpd-group <name>',
    defaultNote: "the user's own",
    parse: account,
    section: 'Accounts and files',
    help: "Group of httpd's children, when started as root.",
  },
  serverRoot: {
    flags: '--server-root <dir>',
    defaultNote: 'one per host, port and user under the temporary directory',
    parse: filePath,
    section: 'Accounts and files',
    help: `Directory for generated files, sockets and logs.
Created with mode 0700; one that exists must be ours. The default is $TMPDIR/httpd-express-HOST:PORT:UID.
As root, nobody else may own or write to a directory above it: one of another account could be replaced with all it holds.`,
  },
  setupOnly: {
    flags: '--setup-only',
    default: 'off',
    parse: onOff,
    notInFile: true,
    section: 'Accounts and files',
    help: 'Write and check everything, start nothing: the same as setup-server.',
  },

  httpdExecutable: {
    flags: '--httpd-executable <file>',
    defaultNote: 'the best one found: see express detect-httpd',
    parse: filePath,
    section: 'httpd',
    help: 'The httpd to use.',
  },
  modulesDirectory: {
    flags: '--modules-directory <dir>',
    defaultNote: 'where the httpd keeps them',
    parse: filePath,
    section: 'httpd',
    help: "Directory of httpd's mod_*.so files.",
  },
  serverMpm: {
    flags: '--server-mpm <name>',
    defaultNote: 'event, worker, prefork: the first the httpd has',
    parse: oneOf('event', 'worker', 'prefork'),
    section: 'httpd',
    help: 'Multi-processing module of httpd.',
  },
  installHttpd: {
    flags: '--install-httpd',
    default: 'off',
    parse: onOff,
    section: 'httpd',
    help: `Without an httpd, install a private one first.
The same as express install-httpd: no root needed, nothing outside the home directory changes.`,
  },
  serverStatus: {
    flags: '--server-status',
    default: 'off',
    parse: onOff,
    section: 'httpd',
    help: 'Serve /server-status to this machine.',
  },
  includeFile: {
    flags: '--include-file <file>',
    parse: filePath,
    repeatable: true,
    section: 'httpd',
    help: `A file of httpd directives, included at the end of httpd.conf.
Only the rules that send requests to the app come later, so that a RewriteRule of yours is tried first. 
Redirect and Alias are tried after all rewrite rules: \`RewriteRule ^/old - [END]\` leaves a path to them.
PidFile has no place in it: the supervisor reads httpd's pid where httpd.conf puts it.
Common modules (alias, headers, env, setenvif, expires, deflate, Basic authentication) are loaded with it.`,
  },
} satisfies OptionTable;

export type ServerSettings = SettingsOf<typeof serverOptions>;

/** Options of `config`. */
export const configOptions = {
  ...serverOptions,
  httpd: {
    flags: '--httpd',
    default: 'off',
    parse: onOff,
    notInFile: true,
    section: 'Configuration',
    help: 'Print the httpd.conf that would be used.',
  },
  json: {
    flags: '--json',
    default: 'off',
    parse: onOff,
    notInFile: true,
    section: 'Configuration',
    help: 'Print JSON, for programs.',
  },
} satisfies OptionTable;

/** Options of `detect-httpd`. */
export const detectOptions = {
  json: {
    flags: '--json',
    default: 'off',
    parse: onOff,
    section: 'httpd',
    help: 'Print JSON, for programs.',
  },
  httpdExecutable: serverOptions.httpdExecutable,
  modulesDirectory: serverOptions.modulesDirectory,
} satisfies OptionTable;

/** Options of `install-httpd`. */
export const installOptions = {
  system: {
    flags: '--system',
    default: 'off',
    parse: onOff,
    section: 'httpd',
    help: "Install with the system's package manager instead of privately.",
  },
  force: {
    flags: '--force',
    default: 'off',
    parse: onOff,
    section: 'httpd',
    help: 'Install again where a private httpd exists.',
  },
  libs: {
    flags: '--libs <policy>',
    default: 'missing',
    parse: oneOf('missing', 'all'),
    section: 'httpd',
    help: `Which libraries a private httpd brings: those that are missing, or all.
With missing, the system keeps updating its own OpenSSL; with all, the private httpd survives upgrades of the system.`,
  },
} satisfies OptionTable;

/** Options of the commands about what runs. */
export const runningRootOptions = {
  serverRoot: {
    flags: '--server-root <dir>',
    defaultNote: 'the only one of this user that runs, in the default place',
    parse: filePath,
    section: 'Running servers',
    help: `Server root of what is meant.
Without it there must be exactly one that runs, among the directories that start-server makes by itself.`,
  },
} satisfies OptionTable;

/** Options of `status`. */
export const statusOptions = {
  ...runningRootOptions,
  json: { ...detectOptions.json, section: 'Running servers' },
} satisfies OptionTable;

/** Options of `workers`. */
export const workersOptions = {
  ...runningRootOptions,
  restart: {
    flags: '--restart <number>',
    parse: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    section: 'Running servers',
    help: `Replace the worker with this number.
A new one is ready before it takes no more requests; the new one has a number of its own.`,
  },
} satisfies OptionTable;

/** Options of the hidden commands that `apachectl` uses. */
export const controlOptions = {
  serverRoot: serverOptions.serverRoot,
} satisfies OptionTable;
