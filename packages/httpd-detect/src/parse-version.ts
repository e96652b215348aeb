/** The oldest httpd we accept: from 2.4.47 on mod_proxy_http itself tunnels upgrades (`upgrade=`), which WebSockets need. */
export const minimumVersion = '2.4.47';

/** What `httpd -v` says. */
export interface HttpdVersion {
  /** `2.4.71` */
  readonly version: string;
  /** The text in brackets: `Debian`, `Unix`, `Red Hat Enterprise Linux`; empty when there is none. */
  readonly platform: string;
}

/** The output of `httpd -v` → its version; undefined when it is not Apache httpd's. */
export function parseVersion(text: string): HttpdVersion | undefined {
  const [, version, platform] =
    /^Server version: Apache\/(\d+\.\d+\.\d+)\S*(?: \(([^)\n]*)\))?/m.exec(text) ?? [];
  return version === undefined ? undefined : { version, platform: platform ?? '' };
}

/** Whether `version` is `minimum` or later; both are three numbers with dots. */
export function isAtLeast(version: string, minimum: string): boolean {
  const wanted = minimum.split('.').map(Number);
  const found = version.split('.').map(Number);
  for (const [index, part] of wanted.entries()) {
    const difference = (found[index] ?? 0) - part;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
