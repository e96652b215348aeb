/** What processes are started with → the options that say it. */
import { type SupervisorSettings } from '@httpd-express/supervisor';

import { type ServerSettings } from './options.ts';

type BridgeSettings = NonNullable<SupervisorSettings['bridge']>;

/** Everything processes are started with but the banner, which is printed once. */
export type ProcessSetting = Exclude<keyof SupervisorSettings, 'banner' | 'bridge'> | keyof BridgeSettings;

type OptionKey = keyof ServerSettings;

const address: readonly OptionKey[] = ['host', 'port'];
/** The default one is named after the address. */
const place: readonly OptionKey[] = ['serverRoot', ...address];
const httpd: readonly OptionKey[] = ['httpdExecutable', 'modulesDirectory', 'installHttpd'];
const accounts: readonly OptionKey[] = ['user', 'group', 'httpdUser', 'httpdGroup'];
const environment: readonly OptionKey[] = ['env', 'setenv', 'locale', 'port', 'user', 'group'];
const errorLog: readonly OptionKey[] = ['errorLogName', 'logDirectory', 'logToTerminal', ...place];

export const restartOptions = {
  serverRoot: place,
  apachectlPath: place,
  httpdPath: httpd,
  httpdVersion: httpd,
  listen: address,
  httpsPort: ['httpsPort', 'httpsSelfSigned'],
  certificates: [
    ...(['httpsPort', 'httpsSelfSigned', 'sslCertificate', 'sslCertificateFile'] as const),
    ...(['sslCertificateKeyFile', 'sslCertificateChainFile', 'sslCaCertificateFile'] as const),
    ...(['sslVerifyClient', 'acme', 'acmeStore'] as const),
  ],
  url: [...address, 'serverName'],
  errorLogPath: errorLog,
  startupLogPath: ['startupLog', 'startupLogName', 'logDirectory', ...place],
  logRotation: ['rotateLogs', 'maxLogSizeBytes', 'maxLogFiles', 'accessLog', 'accessLogName', ...errorLog],
  envvarsPath: ['envvarsScript'],
  services: [
    ...(['serviceScript', 'serviceUser', 'serviceGroup', 'serviceLogFile', 'workingDirectory'] as const),
    ...environment,
  ],
  socketPath: place,
  upgradeSocketPath: place,
  socketMode: accounts,
  workerSocketDirectory: place,
  identity: accounts,
  app: ['applicationType', 'entryPoint', 'callableObject', 'mountPoint', 'loader', 'addHandler'],
  access: ['hostAccessScript', 'authUserScript', 'authGroupScript', 'authGroup'],
  workingDirectory: ['workingDirectory', ...accounts],
  env: environment,
  launch: ['nodeExecutable', 'nodeOption', 'import', 'envFile', 'dotenv', 'workingDirectory'],
  processGroup: ['processGroup', ...address],
  publicAddress: address,
  trust: ['trustProxy', 'trustProxyHeader'],
  processes: ['processes'],
  concurrency: ['concurrency'],
  maxQueueLength: ['daemonBacklog'],
  queueTimeoutMs: ['queueTimeoutMs'],
  requestTimeoutMs: ['requestTimeoutMs'],
  startupTimeoutMs: ['startupTimeoutMs'],
  gracefulTimeoutMs: ['gracefulTimeoutMs'],
  shutdownTimeoutMs: ['shutdownTimeoutMs'],
  deadlockTimeoutMs: ['deadlockTimeoutMs'],
  maxBodyBytes: ['limitRequestBodyBytes'],
  sendfileRoots: ['sendfileRoot'],
  keepAliveIntervalMs: ['socketTimeoutMs'],
  evictionTimeoutMs: ['evictionTimeoutMs'],
  recycling: [
    ...(['interruptTimeoutMs', 'maximumRequests', 'restartIntervalMs', 'inactivityTimeoutMs'] as const),
    ...(['cpuTimeLimitMs', 'memoryLimitBytes'] as const),
  ],
  ignoreActivity: ['ignoreActivity'],
  memoryHardLimitBytes: ['memoryHardLimitBytes'],
  reloadOn: ['reloadOnChanges', 'disableReloading'],
  reloadSurge: ['reloadSurge'],
  debugErrors: ['debugErrors'],
} satisfies Readonly<Record<ProcessSetting, readonly OptionKey[]>>;
