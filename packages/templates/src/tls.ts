/** How HTTPS is served. conf/tls.conf.hbs lays it out, entrance.conf.hbs what follows for requests. */
import { UnusableValueError } from './errors.ts';
import type { TlsInput } from './input-https.ts';
import type { TemplateInput } from './input.ts';

/** What the templates need. Throws `ERR_TEMPLATES_UNUSABLE_VALUE`. */
export function tlsContext(tls: TlsInput, host: string | undefined) {
  const { port, pair, names = [], chainFile, cipherSuite, environment } = tls;
  const [name, ...aliases] = names;
  return {
    listen: listenAddress({ ...(host !== undefined && { host }), port }),
    port,
    pair: pair ?? null,
    names: name === undefined ? null : { name, aliases: aliases.map(requireDomain).join(' ') },
    chainFile: chainFile ?? null,
    protocols: tls.protocols.map(protocol).join(' '),
    cipherSuite,
    environment,
    hstsPolicy: tls.hstsPolicy === undefined ? null : hstsPolicy(tls.hstsPolicy),
  };
}

/** What the templates need to have a certificate issued. Throws `ERR_TEMPLATES_UNUSABLE_VALUE`. */
export function acmeContext({ listen, tls, http2 }: Pick<TemplateInput, 'listen' | 'tls' | 'http2'>) {
  if (tls?.acme === undefined) return null;
  const { domains, caFile, ...acme } = tls.acme;
  return {
    ...acme,
    domains: domains.map(requireDomain).join(' '),
    caFile: caFile ?? null,
    httpPort: listen.port,
    httpsPort: tls.port,
    // The directive adds to those that --http2 names, and replaces httpd's own where there are none.
    protocols: http2 ? 'acme-tls/1' : 'http/1.1 acme-tls/1',
  };
}

/** The argument of Listen. */
export function listenAddress({ host, port }: TemplateInput['listen']): string {
  if (host === undefined) return `${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * What the templates need about certificates of clients. Where only some paths need a certificate, every client is asked for one and none has to have it: asking later takes
 * renegotiation in TLS 1.2, which HTTP/2 forbids, and in TLS 1.3 an extension that browsers do not have.
 */
export function clientsContext({ caFile, verifyDepth, paths }: NonNullable<TlsInput['clients']>) {
  return {
    caFile,
    verifyDepth,
    verify: paths.length === 0 ? 'require' : 'optional',
  };
}

function requireDomain(name: string): string {
  if (/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(name)) return name;
  throw new UnusableValueError('a name of the certificate', name, 'letters, digits, dots and hyphens');
}

function protocol(name: string): string {
  if (/^TLSv1\.[23]$/.test(name)) return `+${name}`;
  throw new UnusableValueError('a TLS protocol', name, 'TLSv1.2 or TLSv1.3');
}

/** mod_headers gives `%` and `expr=` a meaning. */
function hstsPolicy(policy: string): string {
  if (/^max-age=\d+(; *(includeSubDomains|preload))*$/i.test(policy)) return policy;
  throw new UnusableValueError('the HSTS policy', policy, 'max-age=SECONDS; includeSubDomains; preload');
}
