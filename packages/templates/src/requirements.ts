import type { TemplateInput } from './input.ts';

/** What a feature of the generated configuration needs of a build. */
interface Requirement {
  /** Without `mod_` and `.so`; in the order they must be loaded. */
  readonly modules: readonly string[];
  /** Loaded where the build has them. */
  readonly optional?: readonly string[];
  /** The first httpd that has every directive and parameter the feature's part uses. */
  readonly minimumVersion: string;
}

/** Feature → modules and httpd version. Order of rows and modules is load order: `proxy` comes before `proxy_*`. */
const requirements = {
  // DefaultRuntimeDir: 2.4.2. The MPM is chosen beside this table; core is always there.
  base: { modules: ['unixd', 'authz_core', 'mime', 'reqtimeout', 'rewrite'], minimumVersion: '2.4.2' },
  accessLog: { modules: ['log_config'], minimumVersion: '2.4.2' },
  urlAliases: { modules: ['alias'], minimumVersion: '2.4.2' },
  directoryIndex: { modules: ['dir'], minimumVersion: '2.4.2' },
  directoryListing: { modules: ['dir', 'autoindex'], minimumVersion: '2.4.2' },
  // `Header merge` and conditions: any 2.4.
  fileHeaders: { modules: ['headers'], minimumVersion: '2.4.2' },
  // Works with every MPM; mod_cgi does not with threads.
  cgi: { modules: ['cgid'], minimumVersion: '2.4.2' },
  serverStatus: { modules: ['authz_host', 'status'], minimumVersion: '2.4.2' },
  // CGIPassAuth: 2.4.13. ProxyFCGIBackendType: 2.4.26. flushpackets in mod_proxy_fcgi: 2.4.31.
  app: { modules: ['env', 'headers', 'proxy', 'proxy_fcgi', 'proxy_http'], minimumVersion: '2.4.31' },
  // ProxySet upgrade.
  proxies: { modules: ['headers', 'proxy', 'proxy_http'], minimumVersion: '2.4.47' },
  tlsProxies: { modules: ['ssl'], minimumVersion: '2.4.47' },
  // ProxyErrorOverride with statuses.
  errorOverride: { modules: ['proxy'], minimumVersion: '2.4.47' },
  http2: { modules: ['http2'], minimumVersion: '2.4.31' },
  compression: {
    modules: ['filter', 'deflate', 'setenvif', 'headers'],
    optional: ['brotli'],
    minimumVersion: '2.4.31',
  },
  // TLSv1.3 in SSLProtocol: 2.4.36.
  tls: { modules: ['socache_shmcb', 'ssl'], minimumVersion: '2.4.36' },
  // `Require expr` with reqenv: any 2.4.
  authUserFile: {
    modules: ['authn_core', 'auth_basic', 'authn_file', 'authz_user', 'headers'],
    minimumVersion: '2.4.2',
  },
  // 2.4.10. `CGIPassAuth`: 2.4.13.
  accessScripts: { modules: ['authnz_fcgi', 'headers'], minimumVersion: '2.4.13' },
  hstsPolicy: { modules: ['headers'], minimumVersion: '2.4.36' },
  // Elliptic curves in MDPrivateKeys.
  acme: { modules: ['watchdog', 'md', 'ssl'], minimumVersion: '2.4.48' },
} as const satisfies Record<string, Requirement>;

/** ProxySet upgrade in mod_proxy_http. Older httpds serve everything but WebSockets. */
export const upgradeVersion = '2.4.47';

/** A row of the table. */
export type Feature = keyof typeof requirements;

/**
 * What people expect to have in a file they include, loaded where the build has it: nothing of ours uses it. The list
 * of mod_wsgi-express, with Basic authentication; another module is one LoadModule line in that file.
 */
export const includeModules: readonly string[] = [
  'access_compat',
  'alias',
  'auth_basic',
  'authn_core',
  'authn_file',
  'authz_host',
  'authz_user',
  'deflate',
  'env',
  'expires',
  'filter',
  'headers',
  'setenvif',
];

/** What every configuration needs beside an MPM, whatever the settings. */
export const baseModules: readonly string[] = requirements.base.modules;

/** The features these settings use, in load order. */
export function featuresOf(input: TemplateInput): Feature[] {
  const used: Record<Feature, boolean> = {
    base: true,
    accessLog: input.logs.access !== undefined,
    urlAliases: input.urlAliases.length > 0,
    directoryIndex: input.directoryIndex !== undefined || input.files.spa !== undefined,
    directoryListing: input.files.directoryListing,
    fileHeaders: input.files.spa !== undefined || input.files.precompressed,
    cgi: input.withCgi === true,
    serverStatus: input.serverStatus,
    app: input.app !== undefined,
    proxies: input.proxies !== undefined,
    tlsProxies: input.proxies?.caFile !== undefined,
    errorOverride: input.files.errorOverride && input.app !== undefined,
    http2: input.http2,
    compression: input.compressResponses,
    tls: input.tls !== undefined,
    authUserFile: input.access?.kind === 'file',
    accessScripts: input.access?.kind === 'scripts',
    hstsPolicy: input.tls?.hstsPolicy !== undefined,
    acme: input.tls?.acme !== undefined,
  };
  return allFeatures.filter((feature) => used[feature]);
}

/** Every feature of the table, in load order: what a build must have to offer all of them. */
export const allFeatures = Object.keys(requirements) as readonly Feature[];

/** The modules these features need beside an MPM, in load order; `base` is always included. */
export function requiredModules(features: Iterable<Feature>): string[] {
  const wanted = new Set<Feature>(['base', ...features]);
  const modules = allFeatures
    .filter((feature) => wanted.has(feature))
    .flatMap((feature) => requirements[feature].modules);
  return [...new Set(modules)];
}

/** The modules these features are better with. */
export function optionalModules(features: readonly Feature[]): string[] {
  return features.flatMap((feature) => (requirements[feature] as Requirement).optional ?? []);
}

/** The oldest httpd that can serve these features. */
export function minimumVersion(features: Iterable<Feature>): string {
  const versions = [...features].map((feature) => requirements[feature].minimumVersion as string);
  return versions.reduce(
    (oldest, version) => (isOlder(oldest, version) ? version : oldest),
    requirements.base.minimumVersion,
  );
}

/** Whether version `a` (`2.4.58`) is before `b`, compared number by number. */
export function isOlder(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number)) as [number[], number[]];
  const at = right.findIndex((part, index) => part !== (left[index] ?? 0));
  return at !== -1 && (left[at] ?? 0) < (right[at] ?? 0);
}
