import type { OsRelease } from './os-release.ts';

/** How one family of systems packages httpd. */
export interface Distribution {
  /** Values of `ID` or `ID_LIKE` that belong to this family. */
  readonly ids: readonly string[];
  /** The package manager's command, to be followed by package names. */
  readonly install: readonly string[];
  /** A command that has to come first, because containers ship without a package index. */
  readonly refresh?: readonly string[];
  /** What serves an app with TLS and HTTP/2; never a package that starts a service by itself. */
  readonly packages: readonly string[];
  /** Module name → the package that brings it, first match; any other module is in `packages[0]`. */
  readonly modulePackages: readonly (readonly [module: RegExp, packageName: string])[];
  /** False where the package manager refuses to run as root. */
  readonly asRoot: boolean;
}

/** From what each distribution documents about its packages. */
export const distributions: readonly Distribution[] = [
  {
    ids: ['debian', 'ubuntu'],
    refresh: ['apt-get', 'update'],
    install: ['apt-get', 'install', '-y', '--no-install-recommends'],
    // Not `apache2`: that package enables a service on port 80.
    packages: ['apache2-bin', 'media-types'],
    modulePackages: [],
    asRoot: true,
  },
  {
    ids: ['fedora', 'rhel', 'centos', 'amzn'],
    install: ['dnf', 'install', '-y'],
    packages: ['httpd-core', 'mod_ssl', 'mod_http2'],
    modulePackages: [
      [/^ssl$/, 'mod_ssl'],
      [/^(proxy_)?http2$/, 'mod_http2'],
      [/^md$/, 'mod_md'],
      [/^(brotli|systemd)$/, 'httpd'],
      [/^session/, 'mod_session'],
      [/ldap$/, 'mod_ldap'],
      [/^lua$/, 'mod_lua'],
      [/^(proxy_html|xml2enc)$/, 'mod_proxy_html'],
    ],
    asRoot: true,
  },
  {
    ids: ['alpine'],
    install: ['apk', 'add'],
    packages: ['apache2', 'apache2-proxy', 'apache2-ssl', 'apache2-http2', 'apache2-brotli', 'apache2-utils'],
    modulePackages: [
      [/^(proxy_)?http2$/, 'apache2-http2'],
      [/^(proxy_html|xml2enc)$/, 'apache2-proxy-html'],
      [/^(proxy|lbmethod_)/, 'apache2-proxy'],
      [/^ssl$/, 'apache2-ssl'],
      [/^brotli$/, 'apache2-brotli'],
      [/ldap$/, 'apache2-ldap'],
      [/^lua$/, 'apache2-lua'],
    ],
    asRoot: true,
  },
  {
    ids: ['arch'],
    install: ['pacman', '-S', '--noconfirm'],
    packages: ['apache'],
    modulePackages: [],
    asRoot: true,
  },
  {
    ids: ['suse', 'opensuse', 'sles'],
    install: ['zypper', '--non-interactive', 'install'],
    packages: ['apache2-event', 'apache2-utils'],
    modulePackages: [],
    asRoot: true,
  },
  {
    ids: ['freebsd'],
    install: ['pkg', 'install', '-y'],
    packages: ['apache24'],
    modulePackages: [],
    asRoot: true,
  },
  { ids: ['macos'], install: ['brew', 'install'], packages: ['httpd'], modulePackages: [], asRoot: false },
];

/** The family a system belongs to: its own `ID`, else the first relative in `ID_LIKE` we know. */
export function findDistribution(osRelease: OsRelease): Distribution | undefined {
  for (const id of [osRelease.id, ...osRelease.idLike]) {
    const found = distributions.find((distribution) => distribution.ids.includes(id));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The command line a person with this user id types to install `packages`, with sudo where it is needed. */
export function formatInstallCommand(
  distribution: Distribution,
  packages = distribution.packages,
  uid = process.getuid?.(),
): string {
  const sudo = distribution.asRoot && uid !== 0 ? ['sudo'] : [];
  return [...sudo, ...distribution.install, ...packages].join(' ');
}

/** The package of `distribution` that brings a module. */
export function findModulePackage(distribution: Distribution, moduleName: string): string | undefined {
  const row = distribution.modulePackages.find(([pattern]) => pattern.test(moduleName));
  return row?.[1] ?? distribution.packages[0];
}
