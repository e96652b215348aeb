/** Other servers that are reached through this one. conf/proxies.conf.hbs and conf/proxies-routing.conf.hbs lay it out. */
import { UnusableValueError } from './errors.ts';
import type { ProxiesInput } from './input-proxies.ts';
import { urlPrefix } from './url-prefix.ts';

/** mod_proxy keeps a worker's name in 96 bytes. */
const originLimitBytes = 95;

/** What the templates need, or null where nothing is proxied. */
export function proxiesContext(proxies: ProxiesInput | undefined, socketTimeoutSeconds: number) {
  if (proxies === undefined) return null;
  const mounts = proxies.mounts
    .map(([url, target]) => ({ ...parseTarget(target), prefix: urlPrefix(url) }))
    .sort((a, b) => b.prefix.length - a.prefix.length || (a.prefix < b.prefix ? -1 : 1));
  const hosts = proxies.hosts.map(([name, target]) => ({
    ...parseTarget(target),
    name: requireHostName(name),
  }));
  const all = [...mounts, ...hosts];
  const hasTls = all.some(({ origin }) => origin.startsWith('https:'));
  return {
    mounts: mounts.map((mount) => ({
      ...mount,
      encoded: encodePath(mount.prefix),
      location: `${mount.prefix}/`,
      // Links relative to the page lead beside it otherwise.
      needsSlash: mount.prefix !== '' && mount.path.endsWith('/'),
      below: mount.path.replace(/\/$/, ''),
    })),
    hosts: hosts.map((host) => ({ ...host, below: host.path.replace(/\/$/, '') })),
    origins: [...new Set(all.map(({ origin }) => origin))],
    timeoutSeconds: proxies.timeoutSeconds ?? socketTimeoutSeconds,
    caFile: hasTls ? (proxies.caFile ?? null) : null,
  };
}

interface Target {
  /** `http://127.0.0.1:9000` */
  readonly origin: string;
  /** `/` or `/base`, `/base/` */
  readonly path: string;
}

/** Nothing that mod_proxy, mod_rewrite or a quoted argument takes for a sign of its own. */
function parseTarget(target: string): Target {
  const [, origin, path = ''] =
    /^(https?:\/\/(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?)((?:\/[\w.~+@:,;=-]*)*)$/i.exec(target) ?? [];
  if (origin === undefined || Buffer.byteLength(origin) > originLimitBytes)
    throw new UnusableValueError('the URL of a server', target, 'http://HOST[:PORT][/PATH] or https://…');
  return { origin: origin.toLowerCase(), path: path === '' ? '/' : path };
}

/** As clients write it, without a sign that separates the flags of a rule. */
function encodePath(prefix: string): string {
  return encodeURI(prefix).replace(/[,;'()]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}

function requireHostName(name: string): string {
  if (!/^[a-z0-9_.-]+$/i.test(name))
    throw new UnusableValueError('a host name', name, 'letters, digits, dots and hyphens');
  return name.toLowerCase();
}
