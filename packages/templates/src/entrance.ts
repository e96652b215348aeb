/** Which host names are served, over which scheme, and to whom. conf/entrance.conf.hbs lays it out. */
import { UnusableValueError } from './errors.ts';
import type { HostsInput } from './input-https.ts';
import type { TemplateInput } from './input.ts';
import { urlPrefix } from './url-prefix.ts';

/** What the template needs, or null where every request is let in. */
export function entranceContext({ hosts, tls, proxies }: Pick<TemplateInput, 'hosts' | 'tls' | 'proxies'>) {
  const httpsOnly = tls?.only === true ? { urlPort: tls.port === 443 ? '' : `:${tls.port}` } : null;
  const certifiedPrefixes = tls?.clients === undefined ? [] : certifiedPaths(tls.clients.paths);
  if (hosts === undefined && httpsOnly === null && certifiedPrefixes.length === 0) return null;
  return {
    hosts: hosts === undefined ? null : hostsContext(hosts, proxies?.hosts ?? []),
    httpsOnly,
    certifiedPrefixes,
  };
}

function hostsContext(hosts: HostsInput, proxied: readonly (readonly [name: string, target: string])[]) {
  const { name, aliases, allowLocalhost } = hosts;
  const parent = redirectedParent(hosts);
  const others = proxied.map(([host]) => host);
  const names = [name, ...aliases, ...others, ...(parent === null ? [] : [parent])];
  return { name, parent, allowLocalhost, pattern: names.map(namePattern).join('|') };
}

/** No path means every path. */
function certifiedPaths(paths: readonly string[]): string[] {
  return paths.length === 0 ? [''] : paths.map(urlPrefix);
}

/** `example.com` for `www.example.com`, unless it is served itself. */
function redirectedParent({ name, aliases }: HostsInput): string | null {
  const parent = /^www\.(.+\..+)$/i.exec(name)?.[1];
  if (parent === undefined || new RegExp(`^(?:${aliases.map(namePattern).join('|')})$`, 'i').test(parent))
    return null;
  return parent;
}

/** A name with the wildcards of ServerAlias as a regular expression. */
function namePattern(name: string): string {
  if (!/^[a-z0-9_.*?-]+$/i.test(name))
    throw new UnusableValueError('a host name', name, 'letters, digits, dots, hyphens and * or ?');
  return name.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
}
